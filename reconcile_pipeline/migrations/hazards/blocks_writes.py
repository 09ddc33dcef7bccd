"""Nobody can write to the table while this holds its lock; reading goes on."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.locks import LockMode, locks_of
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node

NAME = "blocks_writes"


def check(node: Node) -> Iterator[Hazard]:
    """SHARE, SHARE ROW EXCLUSIVE and EXCLUSIVE locks, except those of a new index."""
    if isinstance(node, ast.IndexStmt | ast.ReindexStmt):
        return  # index_without_concurrently says more
    for table, mode in locks_of(node).items():
        if mode.blocks_writes and mode is not LockMode.ACCESS_EXCLUSIVE:
            message = f"Locks {table} against writes ({mode.sql})."
            yield Hazard(NAME, Severity.NOTICE, message, (table,))
