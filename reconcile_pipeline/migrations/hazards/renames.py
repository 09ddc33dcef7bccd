"""A name that applications use becomes another."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.objects import identity
from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, Node, qualified, relation, texts

NAME = "renames"

#: Names that no application says.
_INNER = {
    ObjectType.OBJECT_INDEX, ObjectType.OBJECT_TABCONSTRAINT, ObjectType.OBJECT_DOMCONSTRAINT,
    ObjectType.OBJECT_POLICY, ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_RULE,
    ObjectType.OBJECT_STATISTIC_EXT,
}  # fmt: skip
_PARTS = {ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_ATTRIBUTE}


def check(node: Node) -> Iterator[Hazard]:
    """RENAME of tables, views, columns, functions, types, schemas, roles, and SET SCHEMA."""
    old = ""
    if isinstance(node, ast.RenameStmt):
        if node.renameType in _PARTS and node.relation is not None:
            old = f"{relation(node.relation)}.{node.subname}"
        elif node.renameType not in _INNER:
            named = node.relation or node.object
            old = identity(node.renameType, named, DEFAULT_SCHEMA) if named else str(node.subname)
    elif isinstance(node, ast.AlterObjectSchemaStmt):
        old = relation(node.relation) if node.relation else qualified(texts(node.object))
    if old:
        message = f"Renames {old}: what still uses the old name fails from that moment on."
        yield Hazard(NAME, Severity.WARNING, message, (old,))
