"""Files that count as run, and of which production shows nothing: all that they made is gone.

Where several files make one thing, and it is missing, that somebody removed it costs less than that
none of them ran. But of a file that neither production nor the history speaks for, nothing proves
that it ever ran; and where the history alone does, it may have run or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconcile_pipeline.attribution.needless import needed
from reconcile_pipeline.attribution.search.coincidence import NEAR_TEXT
from reconcile_pipeline.attribution.search.cost import parent_of
from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.search.shapes import Search
from reconcile_pipeline.attribution.timeline import by_another_name
from reconcile_pipeline.attribution.timeline.likeness import texts_apart
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId

MOST = 4  # replays without such files: of three that make one thing, each shows only then
DEARER = 1.0  # … may cost so much more: else something does tell that they ran


def without_trace(
    file: File, timeline: Timeline, rows: RowFacts, ran: Mapping[Position, bool]
) -> bool:
    """Whether production has nothing that the file made, also not by another name, and none of its
    rows; all else that it did is undone; and no later file needed any of it."""
    if any(there for p in file.positions for there, _ in rows.get(p, ())):
        return False
    effects = [e for p in file.positions for e in timeline.by_statement.get(p, ())]
    without = {**ran, **dict.fromkeys(file.positions, False)}
    return bool(effects) and not any(
        _shows(effect, timeline, without) or needed(effect.id, file, timeline, ran)
        for effect in effects
    )


def unproved(best: Guided, files: Sequence[File]) -> frozenset[Position]:
    """The statements of those that the history does not name, where what is gone was theirs alone:
    what went with a table that an earlier file made may well have been there. Not of those long
    before all that did not run whole: they waited for nothing."""
    timeline, found = best.timeline, set[Position]()
    removed = {entry.id for entry in best.unexplained if entry.expected and not entry.actual}
    search = Search(timeline, files, best.rows, dict(best.ran))
    for file in reversed(files) if removed else ():
        ran = {**best.ran, **dict.fromkeys(found, False)}
        if file.recorded or search.alone(file) or not all(ran[p] for p in file.positions):
            continue
        effects = [e for p in file.positions for e in timeline.by_statement.get(p, ())]
        made = {effect.id for effect in effects if effect.change is Change.CREATED}
        if removed.isdisjoint(made) or any(_went(timeline, e.id, made, ran) for e in effects):
            continue
        if without_trace(file, timeline, best.rows, ran):
            found.update(file.positions)
    return frozenset(found)


def _went(
    timeline: Timeline, id: ObjectId, own: Iterable[ObjectId], ran: Mapping[Position, bool]
) -> bool:
    """Whether it is, or went with, something of another file's which is gone."""
    parent = parent_of(timeline, id)
    others = {id, *([parent] if parent else ()), *timeline.taken_by.get(id, ())}
    return any(
        timeline.actual(other) is None and timeline.predict(other, ran) is not None
        for other in others.difference(own)
    )


def _shows(effect: Difference, timeline: Timeline, without: Mapping[Position, bool]) -> bool:
    """Whether production has anything of it, or nearly its text, or lacks what it dropped."""
    after, actual = effect.after, timeline.actual(effect.id)
    if actual is None:
        if effect.change is Change.DROPPED or timeline.named_now(effect.id) is not None:
            return True
        return bool(after and by_another_name.has(timeline, effect.id, effect.parent, after))
    if after and texts_apart(after, actual) <= NEAR_TEXT:
        return True
    former = timeline.predict(effect.id, without)
    return former is None or any(actual.get(f) != former.get(f) for f in effect.facets)
