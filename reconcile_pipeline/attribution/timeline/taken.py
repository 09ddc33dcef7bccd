"""What went with something else: an index that its column took along was not dropped by itself."""

from __future__ import annotations

from dataclasses import replace

from reconcile_pipeline.attribution.timeline.effects import differing
from reconcile_pipeline.attribution.timeline.timeline import Timeline
from reconcile_pipeline.catalog.collapse import Dropped
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

_NOT_ALTERED = frozenset({Kind.INDEX, Kind.CONSTRAINT})  # no command gives them other columns


def add(timeline: Timeline) -> None:
    """Note of each object that files make and production lacks what else it lacks that such an
    object cannot be without: the columns of an index, the tables of a view, the key of a foreign
    key. What belongs to a table goes with it anyhow. The same of what production has in another
    shape: had somebody removed the column, the index of that name was made anew."""
    lacking = [
        Difference(id, Change.DROPPED, effect.after, None, (), effect.parent)
        for id, effects in timeline.by_object.items()
        if timeline.actual(id) is None and (effect := _last(effects)) is not None
    ]
    dropped = Dropped(lacking)
    for difference in lacking:
        for other in dropped.takers(difference):
            if other not in timeline.takes.get(difference.id, ()):
                timeline.taken_by.setdefault(difference.id, set()).add(other)
                timeline.takes.setdefault(other, set()).add(difference.id)
    for id, effects in timeline.by_object.items():
        if id.kind not in _NOT_ALTERED or (actual := timeline.actual(id)) is None:
            continue
        if (effect := _last(effects)) is None or not differing(effect.after or {}, actual):
            continue
        former = Difference(id, Change.DROPPED, effect.after, None, (), effect.parent)
        if takers := set(dropped.takers(former)):
            timeline.made_anew[id] = takers
    # A key was upon columns that had other names when a foreign key was made.
    as_made = Dropped(
        replace(difference, before=effect.after)
        for difference in lacking
        for _, effect in timeline.by_object[difference.id]
        if effect.facets and effect.after is not None
    )
    for difference in lacking:
        _need(timeline, as_made, difference.id)


def _need(timeline: Timeline, dropped: Dropped, id: ObjectId) -> None:
    """Nor can it be made without: a statement that makes an index fails where its column is not."""
    for position, effect in timeline.by_object[id]:
        if effect.change is not Change.CREATED or not effect.facets:
            continue
        made = {e.id for e in timeline.by_statement.get(position, ())}
        as_made = Difference(id, Change.DROPPED, effect.after, None, (), effect.parent)
        for other in dropped.takers(as_made):
            # Not what has the name later: a view in place of a table that was given another one.
            if other not in made and timeline.possible_before(other, position):
                timeline.need(position, id, other, True)


def _last(effects: list[tuple[tuple[int, int], Difference]]) -> Difference | None:
    """The last effect that tells its shape."""
    told = (e for _, e in reversed(effects) if e.change is not Change.DROPPED and e.facets)
    return next((e for e in told if e.after is not None), None)
