"""Files of which production shows nothing, or nothing that tells: later ones made anew, or undid,
all that they did; or all they leave is conditions on rows, and these do not agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId


def needless(file: File, timeline: Timeline, rows: RowFacts, ran: Mapping[Position, bool]) -> bool:
    """Whether production would be the same had the file not run, by this choice.

    A file that protects a table which a later file protects again, and makes policies which that
    one drops IF EXISTS, may have run or not. Rows that are looked up tell that it did, what it made
    and is still there does, and so does a later statement that could not have worked without it.
    """
    if any(there is not None for p in file.positions for there, _ in rows.get(p, ())):
        return False
    touched = {e.id for p in file.positions for e in timeline.by_statement.get(p, ())}
    without = {**ran, **dict.fromkeys(file.positions, False)}
    for id in touched:
        there = timeline.predict(id, ran)
        if there != timeline.predict(id, without):
            return False
        if not _its_own(id, file, timeline):
            continue
        anew = any(_makes(effect) for effect in _later(id, file, timeline, ran))
        if (there is not None and not anew) or needed(id, file, timeline, ran):
            return False
    return True


def only_half_true(file: File, timeline: Timeline, rows: RowFacts) -> bool:
    """Whether all that could tell of the file is conditions on rows, as that a table is empty, and
    some of them do not hold: rows change in daily use, so that those that do hold prove nothing.
    """
    if any(timeline.by_statement.get(position) for position in file.positions):
        return False
    facts = [fact for position in file.positions for fact in rows.get(position, ())]
    known = {there for there, _ in facts if there is not None}
    return False in known and not any(exact for there, exact in facts if there is not None)


def _later(
    id: ObjectId, file: File, timeline: Timeline, ran: Mapping[Position, bool]
) -> Iterator[Difference]:
    """What statements of later files made of it."""
    for position, effect in timeline.by_object[id]:
        if position[0] > file.number and ran[position] and effect.facets:
            yield effect


def _makes(effect: Difference) -> bool:
    """Whether it makes the object anew, rather than doing something to it."""
    return effect.change is Change.CREATED or "definition" in effect.facets


def _its_own(id: ObjectId, file: File, timeline: Timeline) -> bool:
    return any(
        position[0] == file.number and effect.change is Change.CREATED
        for position, effect in timeline.by_object[id]
    )


def needed(id: ObjectId, file: File, timeline: Timeline, ran: Mapping[Position, bool]) -> bool:
    """Whether a later file's statement drops or alters it without IF EXISTS, or uses it, before any
    makes it anew."""
    return any(True for _ in needing(id, file, timeline, ran))


def needing(
    id: ObjectId, file: File, timeline: Timeline, ran: Mapping[Position, bool]
) -> Iterator[Position]:
    """The statements that `needed` tells of."""
    for position, effect in timeline.by_object[id]:
        if position[0] <= file.number or not ran[position] or not effect.facets:
            continue
        if effect.change is Change.CREATED:
            return
        if (position, id) not in timeline.again and position not in timeline.whole:
            yield position
    for other in timeline.needed.get(id, ()):
        for position, _ in timeline.by_object.get(other, ()):
            needs = timeline.needs.get((position, other), ())
            if ran[position] and position[0] > file.number and (id, True) in needs:
                yield position
