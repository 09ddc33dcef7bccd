"""What files made of things that were there only by hand: their statements fail on the shadow.

Somebody adds a column before a file does. The file's own ADD COLUMN fails there, and its index of
that column works; on the shadow, which lacks the column, the index fails. Production has it just
as the statement makes it, so it was not added by hand as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.refused import speaks_of
from reconcile_pipeline.attribution.said import LACKING
from reconcile_pipeline.attribution.timeline.effects import differing
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId, Snapshot
from reconcile_pipeline.shadow.model import Run


def upon_hand_made(
    entries: Sequence[Unexplained],
    runs: Iterable[Run],
    ran: Mapping[Position, bool],
    production: Snapshot,
) -> tuple[Unexplained, ...]:
    """The entries without those that a statement made upon another of them.

    `runs`: of the last replay, a failed one with its effects of an earlier one. Only what a
    statement that `ran` and lacks on the shadow what was added by hand makes just as production has
    it is left out.
    """
    added = {entry.id for entry in entries if entry.change is HandChange.ADDED}
    made: set[ObjectId] = set()
    for run in runs if added else ():
        if run.sqlstate not in LACKING or not run.effects or not ran[run.file, run.index]:
            continue
        own = {effect.id for effect in run.effects if effect.change is Change.CREATED}
        upon = any(speaks_of(run.error, id.identity) for id in added - own)
        if upon and all(_just_so(effect, production) for effect in run.effects):
            made |= own
    return tuple(
        entry
        for entry in entries
        if entry.id not in made or _holds_more(entry.id, made, production)
    )


def _just_so(effect: Difference, production: Snapshot) -> bool:
    there = production.get(effect.id)
    if effect.after is None or there is None:
        return False
    return not differing(effect.after, there.facets)


def _holds_more(id: ObjectId, made: Set[ObjectId], production: Snapshot) -> bool:
    """Whether something else belongs to it, as a column that was added to a table by hand."""
    return any(
        parent == id and ObjectId(kind, identity) not in made
        for kind, rows in production.kinds.items()
        for identity, parent in rows.parents.items()
    )
