"""An index that is built, dropped or rebuilt while nobody can write to its table."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, option, qualified, relation, texts

NAME = "index_without_concurrently"


def check(node: Node) -> Iterator[Hazard]:
    """CREATE INDEX, DROP INDEX and REINDEX without CONCURRENTLY."""
    if isinstance(node, ast.IndexStmt) and not node.concurrent and node.relation is not None:
        table = relation(node.relation)
        message = f"Locks {table} against writes while the index {node.idxname or ''} is built."
        yield Hazard(NAME, Severity.WARNING, message.replace("  ", " "), (table,))
    elif isinstance(node, ast.DropStmt) and node.removeType == ObjectType.OBJECT_INDEX:
        for name in node.objects or ():
            if not node.concurrent:
                index = qualified(texts(name))
                message = f"Locks the table of {index} against reads and writes, for a moment."
                yield Hazard(NAME, Severity.NOTICE, message, (index,))
    elif isinstance(node, ast.ReindexStmt) and not option(node.params, "concurrently"):
        where = relation(node.relation) if node.relation else str(node.name or "the database")
        message = f"Locks {where} against writes while its indexes are built again."
        yield Hazard(NAME, Severity.WARNING, message, (where,))
