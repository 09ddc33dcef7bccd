"""Files that count as run, and of which production shows nothing: all that they made is gone.

Where several files make one thing, and it is missing, that somebody removed it costs less than that
none of them ran. But of a file that neither production nor the history speaks for, nothing proves
that it ever ran; and where the history alone does, it may have run or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconcile_pipeline.attribution.model import HandChange
from reconcile_pipeline.attribution.needless import needing
from reconcile_pipeline.attribution.search.coincidence import NEAR_TEXT
from reconcile_pipeline.attribution.search.cost import parent_of
from reconcile_pipeline.attribution.search.guided import Guided
from reconcile_pipeline.attribution.search.shapes import Search
from reconcile_pipeline.attribution.timeline import by_another_name
from reconcile_pipeline.attribution.timeline.likeness import texts_apart
from reconcile_pipeline.attribution.timeline.renamed import gets_another_name
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId

MOST = 4  # replays without such files: of three that make one thing, each shows only then
DEARER = 1.0  # … may cost so much more: else something does tell that they ran


def unproved(best: Guided, files: Sequence[File]) -> frozenset[Position]:
    """The statements of those that the history does not name. Not of those long before all that did
    not run whole: they waited for nothing."""
    found = [file for file in _without_trace(best, files) if not file.recorded]
    if not found:
        return frozenset()
    search = Search(best.timeline, files, best.rows, dict(best.ran))
    return frozenset(p for file in found if not search.alone(file) for p in file.positions)


def recorded_alone(best: Guided, files: Sequence[File]) -> frozenset[int]:
    """The numbers of those that the history names."""
    return frozenset(file.number for file in _without_trace(best, files) if file.recorded)


def _without_trace(best: Guided, files: Sequence[File]) -> list[File]:
    """Those of which nothing is there and what is gone was theirs alone: what went with a table
    that an earlier file made may well have been there."""
    timeline = best.timeline
    removed = {e.id for e in best.unexplained if e.change is HandChange.REMOVED}
    found = []
    for file in files if removed else ():
        effects = [e for p in file.positions for e in timeline.by_statement.get(p, ())]
        made = {effect.id for effect in effects if effect.change is Change.CREATED}
        later = {new for (_, new), was in timeline.former.items() if was.id in made}
        if (
            not removed.isdisjoint(made | later)
            and all(best.ran[p] for p in file.positions)
            and not any(_went(timeline, effect.id, made, best.ran) for effect in effects)
            and _silent(file, best)
        ):
            found.append(file)
    return found


def _silent(file: File, best: Guided) -> bool:
    """Whether production has nothing that the file made, also not by another name, and none of its
    rows; all else that it did is undone; and no later file needed any of it, but to give it another
    name that is gone, too."""
    timeline = best.timeline
    if any(there for p in file.positions for there, _ in best.rows.get(p, ())):
        return False
    without = {**best.ran, **dict.fromkeys(file.positions, False)}
    concerned = set(file.positions)
    for position in file.positions:
        for effect in timeline.by_statement.get(position, ()):
            for later in needing(effect.id, file, timeline, best.ran):
                if timeline.predict(effect.id, without, later) is not None:
                    continue  # it would be there without this file, too
                if not gets_another_name(timeline, later, effect.id):
                    return False
                concerned.add(later)
    return not any(
        _shows(position, effect, timeline, without)
        for position in concerned
        for effect in timeline.by_statement.get(position, ())
        if timeline.predict(effect.id, best.ran) != timeline.predict(effect.id, without)
    )


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


def _shows(
    position: Position, effect: Difference, timeline: Timeline, without: Mapping[Position, bool]
) -> bool:
    """Whether production has anything of it, or nearly its text, or lacks what it dropped: not what
    it gave another name, by which it is gone as well."""
    after, actual = effect.after, timeline.actual(effect.id)
    if actual is None:
        if timeline.named_now(effect.id) is not None:
            return True
        if effect.change is Change.DROPPED:
            return not gets_another_name(timeline, position, effect.id)
        return bool(after and by_another_name.has(timeline, effect.id, effect.parent, after))
    if after and texts_apart(after, actual) <= NEAR_TEXT:
        return True
    former = timeline.predict(effect.id, without)
    return former is None or any(actual.get(f) != former.get(f) for f in effect.facets)
