"""Columns of a missing base that files rename: the base must have them by their former names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.migrations.model import Inventory

_RENAMES = re.compile(r"\brename\b", re.IGNORECASE)


def former_names(
    inventory: Inventory, production: Snapshot, tables: set[ObjectId]
) -> Mapping[str, str]:
    """Production's columns of these tables that got their name from a file, and the SQL that gives
    them the name that they had before all files."""
    columns = set(production.kinds.get(Kind.COLUMN, Rows((), {})).objects)
    now: dict[str, str] = {}  # what a column is called at this place -> what production calls it
    made: set[str] = set()
    for table, old, new in _backwards(inventory, made):
        if ObjectId(Kind.TABLE, table) not in tables:
            continue
        final = now.pop(f"{table}.{new}", f"{table}.{new}")
        if final in columns and f"{table}.{old}" not in columns:
            now[f"{table}.{old}"] = final
    return {final: _rename(final, first) for first, final in now.items() if first not in made}


def _backwards(inventory: Inventory, made: set[str]) -> Iterator[tuple[str, str, str]]:
    """(table, old name, new name), the last first; what other statements make goes into `made`."""
    from pglast import ast
    from pglast.enums import ObjectType

    from reconcile_pipeline.migrations.blocks import inner_statements
    from reconcile_pipeline.migrations.references import names
    from reconcile_pipeline.migrations.tree import parse, relation

    for file in reversed(inventory.files):
        for statement in reversed(file.statements):
            if not _RENAMES.search(statement.sql):
                made |= names(statement.sql).created
                continue
            nodes = parse(statement.sql)
            if any(isinstance(node, ast.DoStmt) for node in nodes):
                inside = inner_statements(statement.sql)
                nodes = tuple(node for text in reversed(inside) for node in parse(text))
            for node in nodes:
                if (
                    isinstance(node, ast.RenameStmt)
                    and node.renameType == ObjectType.OBJECT_COLUMN
                    and node.relation is not None
                    and node.subname
                    and node.newname
                ):
                    yield relation(node.relation, "public"), node.subname, node.newname


def _rename(final: str, first: str) -> str:
    table, _, old = first.rpartition(".")
    schema, _, name = table.partition(".")
    new = final.rpartition(".")[2]
    return (
        SQL("ALTER TABLE {} RENAME COLUMN {} TO {}")
        .format(Identifier(schema, name), Identifier(new), Identifier(old))
        .as_string(None)
    )
