"""Objects of statements that the shadow cannot run: named by a file, so not made by hand.

A function written in C takes a superuser, and after it each view that calls it fails. What such
statements make nobody sees; that production has an object of that name is no proof of them, but nor
is it a change made by hand. The same holds for a statement that lacks something on the shadow: a
copy of a table of the dashboard's that has been dropped since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.said import LACKING
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Run

#: SQLSTATEs of what a server, or an owner who is no superuser, cannot do: feature not supported,
#: insufficient privilege, undefined file.
_INCAPABLE = frozenset({"0A000", "42501", "58P01"})


@dataclass(frozen=True, slots=True)
class Refused:
    """`entries`: what stays unexplained. `standing`: the refused statements of which production has
    what they name, so that nothing else in the directory makes it."""

    entries: tuple[Unexplained, ...]
    notes: tuple[str, ...] = ()
    standing: frozenset[Position] = frozenset()


def without_refused(
    entries: Sequence[Unexplained],
    runs: Iterable[Run],
    inventory: Inventory,
    production: Snapshot,
) -> Refused:
    """Leave out what was added under a name that a refused statement gives.

    `runs`: of the last replay; a statement that failed there and had effects in an earlier one was
    not refused.
    """
    if not any(entry.change is HandChange.ADDED for entry in entries):
        return Refused(tuple(entries))
    makers = _makers(tuple(runs), inventory, production)
    left, taken = [], []
    standing: set[Position] = set()
    for entry in entries:
        names = _names(entry.id, production) if entry.change is HandChange.ADDED else ()
        if by := {position for name in names for position in makers.get(name, ())}:
            taken.append(entry.id)
            standing |= by
        else:
            left.append(entry)
    if not taken:
        return Refused(tuple(entries))
    listed = ", ".join(sorted(map(str, taken))[:8])
    more = f" and {len(taken) - 8} more" if len(taken) > 8 else ""
    note = (
        f"Production has {listed}{more}: files name them, but the shadow cannot run the statements"
        " that make them, so nothing is said of how they came about."
    )
    return Refused(tuple(left), (note,), frozenset(standing))


def _makers(
    runs: Sequence[Run], inventory: Inventory, production: Snapshot
) -> Mapping[str, set[Position]]:
    """The names that refused statements make, and those that need them and fail for that, with who
    makes each; of what fails since it lacks something, where production has all that it makes.
    """
    failed = {(run.file, run.index): run for run in runs if run.error and not run.effects}
    if not any(run.sqlstate in _INCAPABLE | LACKING for run in failed.values()):
        return {}
    from reconcile_pipeline.migrations.paths import named_statements

    there = {id.identity.partition("(")[0] for id in production.ids()}
    found: dict[str, set[Position]] = {}
    for number, statement, names in named_statements(inventory.files):
        run = failed.get((number, statement.index))
        if run is None:
            continue
        lacking = run.sqlstate in LACKING and (
            names.created <= there or any(speaks_of(run.error, name) for name in found)
        )
        if run.sqlstate in _INCAPABLE or lacking:
            for name in names.created:
                found.setdefault(name, set()).add((number, statement.index))
    return found


def speaks_of(error: str, name: str) -> bool:
    """Whether the server's words name the object of this raw identity."""
    last = re.escape(name.rpartition(".")[2])
    return re.search(rf"(?<![\w$]){last}(?![\w$])", error) is not None


def _names(id: ObjectId, production: Snapshot) -> Iterator[str]:
    """Its name, and those of what it belongs to, short of its schema."""
    seen: ObjectId | None = id
    while seen is not None and seen.kind is not Kind.SCHEMA:
        yield seen.identity.partition("(")[0]
        seen = production.parent(seen)
