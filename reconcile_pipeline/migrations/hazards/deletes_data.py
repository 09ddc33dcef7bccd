"""Rows, columns or tables go, with what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType, CmdType, DropBehavior, ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts, walk, words

NAME = "deletes_data"

_CASCADE = DropBehavior.DROP_CASCADE
_HOLDS_ROWS = {ObjectType.OBJECT_TABLE: "the table", ObjectType.OBJECT_SCHEMA: "the schema"}
# Dropped with CASCADE, these take the columns of their kind along.
_COLUMNS_OF_TYPE = {
    ObjectType.OBJECT_TYPE: "type",
    ObjectType.OBJECT_DOMAIN: "domain",
    ObjectType.OBJECT_EXTENSION: "extension",
}


def check(node: Node) -> Iterator[Hazard]:
    """TRUNCATE, DELETE, DROP TABLE, DROP COLUMN, DROP SCHEMA and their like."""
    for part in walk(node):
        if isinstance(part, ast.TruncateStmt):
            yield _truncate(part)
        elif isinstance(part, ast.DeleteStmt):
            yield _delete(part)
        elif isinstance(part, ast.MergeStmt):
            yield from _merge(part)
    if isinstance(node, ast.DropStmt):
        yield from _drop(node)
    elif isinstance(node, ast.AlterTableStmt):
        yield from _alter(node)
    elif isinstance(node, ast.DropdbStmt):
        yield _danger(f"Deletes the whole database {node.dbname}.", str(node.dbname))
    elif isinstance(node, ast.DropOwnedStmt):
        yield _danger("Drops everything that these roles own, tables with their rows included.")


def _danger(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.DANGER, message, objects)


def _truncate(node: Node) -> Hazard:
    tables = tuple(relation(one) for one in node.relations)
    too = ", and of every table that refers to them" if node.behavior == _CASCADE else ""
    how = " (TRUNCATE CASCADE)" if too else " (TRUNCATE)"
    return _danger(f"Deletes all rows of {words(tables)}{too}{how}.", *tables)


def _delete(node: Node) -> Hazard:
    table = relation(node.relation)
    if node.whereClause is None:
        return _danger(f"Deletes all rows of {table}: there is no WHERE.", table)
    return _danger(f"Deletes rows of {table}.", table)


def _merge(node: Node) -> Iterator[Hazard]:
    if any(one.commandType == CmdType.CMD_DELETE for one in node.mergeWhenClauses):
        table = relation(node.relation)
        yield _danger(f"Deletes rows of {table}: a MERGE with THEN DELETE.", table)


def _drop(node: Node) -> Iterator[Hazard]:
    cascade = node.behavior == _CASCADE
    for name in node.objects:
        if (what := _HOLDS_ROWS.get(node.removeType)) is not None:
            table = node.removeType == ObjectType.OBJECT_TABLE
            identity = qualified(texts(name)) if table else texts(name)[0]
            with_ = " with its rows" if table else " with all that is in it" if cascade else ""
            too = ", and what depends on it (CASCADE)" if cascade else ""
            yield _danger(f"Drops {what} {identity}{with_}{too}.", identity)
        elif cascade and (what := _COLUMNS_OF_TYPE.get(node.removeType)) is not None:
            extension = node.removeType == ObjectType.OBJECT_EXTENSION
            identity = texts(name)[0] if extension else qualified(texts(name))
            yield _danger(
                f"Drops the {what} {identity} and, by CASCADE, every column that uses it.", identity
            )


def _alter(node: Node) -> Iterator[Hazard]:
    for command in node.cmds:
        if command.subtype == AlterTableType.AT_DropColumn:
            column = f"{relation(node.relation)}.{command.name}"
            cascade = command.behavior == _CASCADE
            too = ", and what depends on it (CASCADE)" if cascade else ""
            yield _danger(f"Drops the column {column} with its values{too}.", column)
