"""Tables that CREATE TABLE IF NOT EXISTS found already there, in another shape.

Such a table was made in a dashboard before the file ran, so the file is not what made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconcile_pipeline.catalog.model import Kind, Rows, Snapshot
from reconcile_pipeline.migrations.model import MigrationFile

_CONDITIONAL = re.compile(r"\bcreate\s+(?:\w+\s+)*table\s+if\s+not\s+exists\b", re.IGNORECASE)
_IF_EXISTS = re.compile(r"\bif\s+exists\b", re.IGNORECASE)
FEWEST = 3  # columns that differ: one that was renamed or dropped by hand is no other table


def made_before(
    files: Iterable[MigrationFile],
    production: Snapshot,
    made: frozenset[str],
    surely: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """What such statements name and did not make: tables, their columns and constraints.

    A table counts where no file makes it unconditionally, and production lacks columns that the
    statement names and has others that no file makes; one column of either will do where an earlier
    statement already works on the table. `made`: all that files make. `surely`: what was there
    by other evidence, which is part of the answer.
    """
    from reconcile_pipeline.migrations.paths import named_statements

    claimed: dict[str, set[str]] = {}
    sure: set[str] = set()
    gone: set[str] = set()
    used: set[str] = set()
    early: set[str] = set()
    for _, statement, found in named_statements(files):
        gone |= found.dropped
        if not _CONDITIONAL.search(statement.sql):
            sure |= found.created
            if not _IF_EXISTS.search(statement.sql):
                used |= found.altered | found.mentioned
            continue
        for table in found.created:
            parts = {name for name in found.created if name.startswith(f"{table}.")}
            if parts and table not in claimed:  # a second one finds what the first one made
                claimed[table] = parts
                early |= {table} & used
    columns = production.kinds.get(Kind.COLUMN, Rows((), {}))
    result: set[str] = set(surely)
    for table, parts in claimed.items():
        there = {c for c, parent in columns.parents.items() if parent.identity == table}
        constraints = production.kinds.get(Kind.CONSTRAINT, Rows((), {})).objects
        lacking = {p for p in parts - there - gone - sure if p not in constraints}
        others = there - made
        differing = len(lacking) + len(others)
        another = (
            (lacking and others and differing >= FEWEST)
            or (differing and table in early)
            or table in surely
        )
        if there and another and table not in sure:
            result |= {table, *(parts - sure)}
    return frozenset(result)
