"""What each object costs by a choice of statements, found out once for what it depends on.

The search asks for an object's price again and again, mostly after changes that have nothing to do
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from reconcile_pipeline.attribution.cost import object_cost, parent_of
from reconcile_pipeline.attribution.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import ObjectId


class Prices:
    """`object_cost` for one timeline, which must not change any more."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._parts: dict[ObjectId, Callable[[Mapping[Position, bool]], Any]] = {}
        self._known: dict[ObjectId, dict[Any, float]] = {}

    def of(self, id: ObjectId, ran: Mapping[Position, bool]) -> float:
        """What must be assumed to have been done by hand to this object; 0 where nothing."""
        part = self._parts.get(id)
        if part is None:
            part = self._parts[id] = _picker(sorted(set(self._positions(id))))
            self._known[id] = {}
        key, known = part(ran), self._known[id]
        if key not in known:
            known[key] = object_cost(self._timeline, id, ran)
        return known[key]

    def _positions(self, id: ObjectId) -> Iterator[Position]:
        """The statements that decide it: those of the object, of what it belongs to and of what
        hangs on it.
        """
        timeline = self._timeline
        waiting = [id]
        if (parent := parent_of(timeline, id)) is not None:
            waiting.append(parent)
        for child in timeline.children.get(id, ()):
            yield from (position for position, _ in timeline.by_object.get(child, ()))
        seen: set[ObjectId] = set()
        while waiting:
            if (one := waiting.pop()) in seen:
                continue
            seen.add(one)
            for position, effect in timeline.by_object.get(one, ()):
                yield position
                waiting += (other for other, _ in timeline.needs.get((position, one), ()))
                if (former := timeline.former.get((position, one))) is not None:
                    waiting.append(former.id)
                if effect.parent is not None and position in timeline.failed:
                    waiting.append(effect.parent)


def _picker(positions: list[Position]) -> Callable[[Mapping[Position, bool]], Any]:
    if not positions:
        return lambda ran: None
    return itemgetter(*positions)
