"""Columns that an INSERT fills with what was so when it ran: the time, a random number, the user.

Such a value is another one in production than in a replay, whatever the column's type, so no row is
to be looked up by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: Functions that PostgreSQL calls stable, for they stay the same within one statement only.
_STABLE = frozenset(
    {
        "current_database", "current_setting", "now", "pg_backend_pid", "statement_timestamp",
        "transaction_timestamp", "version",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """What one column is given: by `column`, or by its `place` among the table's where the
    statement names none. `certain`: it is of the moment; else it is if one of `called`, names of
    functions without their schema, is volatile.
    """

    column: str
    place: int
    certain: bool
    called: frozenset[str]


def values(sql: str) -> Mapping[str, tuple[Value, ...]]:
    """Table as `schema.name` -> the values that call something; in all INSERTs of the statement,
    those of a DO block included."""
    from reconcile_pipeline.migrations.references import names
    from reconcile_pipeline.migrations.rows import RowAction

    found: dict[str, tuple[Value, ...]] = {}
    for change in names(sql).rows:
        if change.action is RowAction.INSERT and change.source:
            made = tuple(_values(change.source, change.columns))
            found[change.table] = (*found.get(change.table, ()), *made)
    return found


def _values(source: str, columns: tuple[str, ...]) -> Iterator[Value]:
    from pglast import ast

    from reconcile_pipeline.migrations.tree import parse, texts, walk

    for select in parse(source):
        rows = getattr(select, "valuesLists", None)
        if not rows:
            rows = [[target.val for target in getattr(select, "targetList", None) or ()]]
        for row in rows:
            for place, expression in enumerate(row):
                parts = list(walk(expression))
                calls = [part for part in parts if isinstance(part, ast.FuncCall)]
                called = frozenset(texts(call.funcname)[-1] for call in calls)
                certain = any(isinstance(part, ast.SQLValueFunction) for part in parts)
                if certain or called:
                    name = columns[place] if place < len(columns) else ""
                    yield Value(name, place, certain or not called.isdisjoint(_STABLE), called)
