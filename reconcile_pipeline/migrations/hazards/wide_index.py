"""An index over many columns, of which the later ones seldom help."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation

NAME = "wide_index"

MOST_COLUMNS = 3


def check(node: Node) -> Iterator[Hazard]:
    """CREATE INDEX, not UNIQUE, over more than three columns."""
    if isinstance(node, ast.IndexStmt) and not node.unique:
        count = len(node.indexParams or ())
        if count > MOST_COLUMNS:
            table = relation(node.relation)
            message = f"An index over {count} columns of {table} costs each write, and helps few."
            yield Hazard(NAME, Severity.NOTICE, message, (table,))
