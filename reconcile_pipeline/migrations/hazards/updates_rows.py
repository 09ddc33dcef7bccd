"""Rows that are there get other values."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import CmdType, OnConflictAction

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation, walk

NAME = "updates_rows"


def check(node: Node) -> Iterator[Hazard]:
    """UPDATE, INSERT … ON CONFLICT DO UPDATE, MERGE with THEN UPDATE."""
    for part in walk(node):
        if isinstance(part, ast.UpdateStmt):
            table = relation(part.relation)
            if part.whereClause is None:
                yield _warning(f"Changes all rows of {table}: there is no WHERE.", table)
            else:
                yield _warning(f"Changes rows of {table}.", table)
        elif isinstance(part, ast.InsertStmt):
            clause = part.onConflictClause
            if clause and clause.action == OnConflictAction.ONCONFLICT_UPDATE:
                table = relation(part.relation)
                yield _warning(f"Changes rows of {table} that are there (ON CONFLICT).", table)
        elif isinstance(part, ast.MergeStmt) and any(
            one.commandType == CmdType.CMD_UPDATE for one in part.mergeWhenClauses or ()
        ):
            table = relation(part.relation)
            yield _warning(f"Changes rows of {table}: a MERGE with THEN UPDATE.", table)


def _warning(message: str, table: str) -> Hazard:
    return Hazard(NAME, Severity.WARNING, f"{message} The old values are gone.", (table,))
