"""One column is given two values, which PostgreSQL refuses when it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation, walk

NAME = "double_assignment"


def check(node: Node) -> Iterator[Hazard]:
    """UPDATE … SET and INSERT's list of columns with a column twice."""
    for part in walk(node):
        targets: tuple[Node, ...] = ()
        if isinstance(part, ast.UpdateStmt | ast.OnConflictClause):
            targets = part.targetList or ()
        elif isinstance(part, ast.InsertStmt):
            targets = part.cols or ()
        names = Counter(str(t.name) for t in targets if t.name and not t.indirection)
        for name, count in names.items():
            if count > 1:
                table = getattr(part, "relation", None)
                named = (relation(table),) if table is not None else ()
                message = f"The column {name} is given {count} values: the statement fails."
                yield Hazard(NAME, Severity.WARNING, message, named)
