"""What no later statement can bring back, beyond rows that are deleted."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import DropBehavior, ObjectType

from reconcile_pipeline.migrations.hazards.deletes_data import check as deletes_data
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, option, qualified, relation, texts

NAME = "irreversible"

_SCHEMALESS = {ObjectType.OBJECT_SCHEMA, ObjectType.OBJECT_EXTENSION, ObjectType.OBJECT_PUBLICATION}


def check(node: Node) -> Iterator[Hazard]:
    """Deleted data, enum values, converted columns, CASCADE, moved sequences."""
    for hazard in deletes_data(node):
        yield _warning("What is deleted comes back from a backup only.", *hazard.objects)
        return
    if isinstance(node, ast.AlterEnumStmt) and node.oldVal is None:
        enum = qualified(texts(node.typeName))
        yield _warning(f"The new value of {enum} can never be removed.", enum)
    elif isinstance(node, ast.AlterTableStmt):
        for command in node.cmds or ():
            if command.subtype == AT.AT_AlterColumnType:
                column = f"{relation(node.relation)}.{command.name}"
                yield _warning(f"What the new type of {column} cannot hold is gone.", column)
    elif isinstance(node, ast.DropStmt) and node.behavior == DropBehavior.DROP_CASCADE:
        for name in node.objects or ():
            bare = node.removeType in _SCHEMALESS
            identity = texts(name)[-1] if bare else _identity(node, texts(name))
            yield _warning(f"Drops whatever depends on {identity} (CASCADE).", identity)
    elif isinstance(node, ast.AlterSeqStmt) and option(node.options, "restart"):
        sequence = relation(node.sequence)
        yield _warning(f"The sequence {sequence} may give numbers that are in use.", sequence)


def _identity(node: Node, parts: tuple[str, ...]) -> str:
    belongs = (ObjectType.OBJECT_POLICY, ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_RULE)
    if node.removeType in belongs:
        return f"{qualified(parts[:-1])}.{parts[-1]}"
    return qualified(parts)


def _warning(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.WARNING, message, objects)
