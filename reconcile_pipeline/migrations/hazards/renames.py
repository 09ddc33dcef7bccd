"""A name that applications use becomes another."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts

NAME = "renames"

_RELATIONS = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW}


def check(node: Node) -> Iterator[Hazard]:
    """RENAME of tables, views, columns, functions, and SET SCHEMA."""
    old = ""
    if isinstance(node, ast.RenameStmt):
        if node.renameType in _RELATIONS:
            old = relation(node.relation)
        elif node.renameType == ObjectType.OBJECT_COLUMN:
            old = f"{relation(node.relation)}.{node.subname}"
        elif node.renameType in (ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE):
            old = qualified(texts(node.object))
    elif isinstance(node, ast.AlterObjectSchemaStmt):
        old = relation(node.relation) if node.relation else qualified(texts(node.object))
    if old:
        message = f"Renames {old}: what still uses the old name fails from that moment on."
        yield Hazard(NAME, Severity.WARNING, message, (old,))
