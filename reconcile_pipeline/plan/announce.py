"""What a step's statements may do to rows and to tables' files, to be announced by the step.

The executor counts what really happens, and rolls back whatever was not announced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Hazard
from reconcile_pipeline.plan.relations import Relations

#: Most rows inserted, updated, deleted; None: any number.
Rows = tuple[int | None, int | None, int | None]


def rows(statements: Iterable[str], production: Snapshot) -> dict[str, Rows]:
    """Table, or column -> what may happen to its rows; what is dropped or emptied loses them all,
    and takes along what refers to it.
    """
    known = Relations(production)
    found: dict[str, Rows] = {}
    for hazard in _hazards(statements):
        for name in hazard.objects:
            if hazard.rule == "deletes_data":
                for one in _with(name, hazard, known):
                    found[one] = (0, 0, None)
            elif hazard.rule == "updates_rows":
                found.setdefault(name, (0, None, 0))
    return found


def rewrites(statements: Iterable[str], production: Snapshot) -> tuple[str, ...]:
    """Tables whose file is written anew, with their partitions."""
    known = Relations(production)
    tables = {
        one
        for hazard in _hazards(statements)
        if hazard.rule == "rewrites_table"
        for name in hazard.objects
        for one in known.with_children(name)
    }
    return tuple(sorted(tables))


def _hazards(statements: Iterable[str]) -> Iterator[Hazard]:
    return (hazard for sql in statements for hazard in judge(sql))


def _with(name: str, hazard: Hazard, known: Relations) -> Iterator[str]:
    """The table with its partitions, and with what a deletion reaches by foreign keys."""
    reaches = "(TRUNCATE CASCADE)" in hazard.message or hazard.message.startswith("Deletes ")
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) in seen:
            continue
        seen.add(one)
        yield one
        waiting += known.children.get(one, ())
        if reaches:
            waiting += known.referred_by.get(one, ())
