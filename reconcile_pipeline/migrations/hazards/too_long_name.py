"""A name of more than 63 bytes, of which the server keeps 63."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, walk

NAME = "too_long_name"

MOST_BYTES = 63
#: Where the parser keeps names as plain text.
_NAMES = ("relname", "colname", "idxname", "conname", "policy_name", "trigname", "newname",
          "schemaname", "extname", "name", "subname", "rulename", "pubname")  # fmt: skip


def check(node: Node) -> Iterator[Hazard]:
    """Names of anything that the statement makes, renames or alters."""
    found: dict[str, None] = {}
    for part in walk(node):
        values = [getattr(part, name, None) for name in _NAMES]
        if isinstance(part, ast.String) and not isinstance(node, ast.SelectStmt):
            values.append(part.sval)
        for value in values:
            # The parser has cut it already: what fills the whole space was probably longer.
            if isinstance(value, str) and len(value.encode()) >= MOST_BYTES:
                found[value] = None
    for name in found:
        message = f"The name {name!r} is cut to {MOST_BYTES} bytes: two such names may be one."
        yield Hazard(NAME, Severity.WARNING, message, (name,))
