"""A table's name without its schema: the session's search_path decides which one is meant."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, walk

NAME = "unqualified_name"


def check(node: Node) -> Iterator[Hazard]:
    """Tables, views and sequences named without a schema, but for those of WITH."""
    own = {part.ctename for part in walk(node) if isinstance(part, ast.CommonTableExpr)}
    names = {
        str(part.relname)
        for part in walk(node)
        if isinstance(part, ast.RangeVar) and part.schemaname is None and part.relname not in own
    }
    if isinstance(node, ast.DropStmt):
        for one in node.objects or ():
            if isinstance(one, tuple) and len(one) == 1:
                names.add(str(one[0].sval))
    for name in sorted(names):
        message = f"{name} is written without its schema: search_path decides which one it is."
        yield Hazard(NAME, Severity.NOTICE, message, (name,))
