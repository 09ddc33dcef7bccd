"""A column that rows which are there can't have a value for."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation, texts

NAME = "needs_empty_table"

_REQUIRED = {ConstrType.CONSTR_NOTNULL, ConstrType.CONSTR_PRIMARY}
_FILLED = {ConstrType.CONSTR_DEFAULT, ConstrType.CONSTR_IDENTITY, ConstrType.CONSTR_GENERATED}


def check(node: Node) -> Iterator[Hazard]:
    """ADD COLUMN … NOT NULL without a default."""
    if not isinstance(node, ast.AlterTableStmt):
        return
    for command in node.cmds or ():
        if command.subtype != AT.AT_AddColumn:
            continue
        kinds = {constraint.contype for constraint in command.def_.constraints or ()}
        serial = "serial" in "".join(texts(command.def_.typeName))
        if kinds & _REQUIRED and not kinds & _FILLED and not serial:
            table = relation(node.relation)
            column = f"{table}.{command.def_.colname}"
            message = f"Fails if {table} has a row: {column} is NOT NULL and has no default."
            yield Hazard(NAME, Severity.WARNING, message, (column,))
