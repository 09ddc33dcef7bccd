"""What a dropped column takes along in a shape that no replay of the drop showed.

A file gives a key other columns and a later one drops those that it had: the replay shows only the
columns go. Where the first file did not run, the key was still upon them and went along.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.supposed import put
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.collapse import Dropped
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

_OF_COLUMNS = frozenset({Kind.CONSTRAINT, Kind.INDEX})


def add(timeline: Timeline) -> None:
    """Put such drops into the timeline, without facets, as they were seen in no replay."""
    drops = {
        position: columns
        for position, effects in timeline.by_statement.items()
        if position not in timeline.blocks
        and (columns := {e.id: e.parent for e in effects if _drops_column(e)})
    }
    if not drops:
        return
    dropped = Dropped(
        Difference(id, Change.DROPPED, {}, None, (), parent)
        for columns in drops.values()
        for id, parent in columns.items()
    )
    tables = {parent for columns in drops.values() for parent in columns.values()}
    for id in [id for id in timeline.by_object if id.kind in _OF_COLUMNS]:
        found: dict[Position, set[str]] = {}
        for made, state, table in _shapes(timeline, id):
            if table not in tables:
                continue
            upon = set(dropped.takers(Difference(id, Change.DROPPED, state, None, (), table)))
            for position, columns in drops.items():
                if made < position and not upon.isdisjoint(columns):
                    found.setdefault(position, set()).add(str(state.get("definition")))
        for position, definitions in found.items():
            if all(effect.id != id for effect in timeline.by_statement[position]):
                _put(timeline, position, id, frozenset(definitions))


def _drops_column(effect: Difference) -> bool:
    return effect.id.kind is Kind.COLUMN and effect.change is Change.DROPPED


def _shapes(timeline: Timeline, id: ObjectId) -> Iterator[tuple[Position, Facets, ObjectId | None]]:
    """What statements made of it, with what it belongs to."""
    for position, effect in timeline.by_object[id]:
        if effect.facets and effect.after is not None:
            yield position, effect.after, effect.parent


def _put(timeline: Timeline, position: Position, id: ObjectId, definitions: frozenset[str]) -> None:
    put(timeline, position, Difference(id, Change.DROPPED, None, None, ()))
    timeline.along[position, id] = definitions
