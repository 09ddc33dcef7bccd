"""An enum type changes, for everyone who knows its values."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, texts

NAME = "enum_change"


def check(node: Node) -> Iterator[Hazard]:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    if not isinstance(node, ast.AlterEnumStmt):
        return
    enum = qualified(texts(node.typeName))
    if node.oldVal is not None:
        message = f"Renames the value {node.oldVal!r} of {enum}: whoever still uses it fails."
    else:
        message = (
            f"Adds the value {node.newVal!r} to {enum}: it cannot be used in the same "
            "transaction, nor ever be removed."
        )
    yield Hazard(NAME, Severity.WARNING, message, (enum,))
