"""What each object costs by a choice of statements, found out once for what it depends on.

The search asks for an object's price again and again, mostly after changes that have nothing to do
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from reconcile_pipeline.attribution.search.cost import object_cost, parent_of
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, ObjectId

Pick = Callable[[Mapping[Position, bool]], Any]
#: A shape, how much dearer the next best one is, and that one.
Best = tuple[tuple[bool, ...], tuple[float, tuple[bool, ...]]]


@dataclass(slots=True)
class Group:
    """Objects that the same statements decide, like a table's columns, and what they cost."""

    pick: Pick
    ids: tuple[ObjectId, ...]
    known: dict[Any, float] = field(default_factory=dict)


class Prices:
    """`object_cost` for one timeline, which must not change any more.

    `best`: what a search found to be best for a file, by the file and all that it depends on.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._deciding: dict[ObjectId, tuple[Position, ...]] = {}
        self._groups: dict[ObjectId, Group] = {}
        self._grouped: dict[tuple[ObjectId, ...], tuple[Group, ...]] = {}
        self._made: dict[Position, bool] = {}
        self._contexts: dict[tuple[ObjectId, ...], Pick] = {}
        self.best: dict[Hashable, Best] = {}

    def of(self, id: ObjectId, ran: Mapping[Position, bool]) -> float:
        """What must be assumed to have been done by hand to this object; 0 where nothing."""
        group = self._groups.get(id)
        if group is None:
            group = self._groups[id] = Group(_picker(self._decide(id)), (id,))
        key = group.pick(ran)
        if key not in group.known:
            group.known[key] = object_cost(self._timeline, id, ran)
        return group.known[key]

    def groups(self, ids: tuple[ObjectId, ...]) -> tuple[Group, ...]:
        """These objects, so that `total` is quick."""
        if ids not in self._grouped:
            found: dict[tuple[Position, ...], list[ObjectId]] = {}
            for id in ids:
                found.setdefault(self._decide(id), []).append(id)
            self._grouped[ids] = tuple(
                Group(_picker(decide), tuple(same)) for decide, same in found.items()
            )
        return self._grouped[ids]

    def total(self, groups: Iterable[Group], ran: Mapping[Position, bool]) -> float:
        """What all of them cost."""
        cost = 0.0
        for group in groups:
            price = group.known.get(key := group.pick(ran))
            if price is None:
                price = group.known[key] = sum(self.of(id, ran) for id in group.ids)
            cost += price
        return cost

    def context(self, ids: tuple[ObjectId, ...], positions: Iterable[Position]) -> Pick:
        """What the price of these objects, and of whether these statements can have worked, depends
        on; `ids` are those that the statements have to do with.
        """
        if ids not in self._contexts:
            own = tuple(positions)
            decisive = {id for position in own for id in self._timeline.lacking(position)}
            decisive |= {id for p in own for id in self._timeline.blocked.get(p, ())}
            deciding = {p for id in decisive.union(ids) for p in self._decide(id)}
            self._contexts[ids] = _picker(tuple(sorted(deciding.union(own))))
        return self._contexts[ids]

    def has_all_of(self, position: Position) -> bool:
        """Whether production has all that the statement makes, whoever made it."""
        found = self._made.get(position)
        if found is None:
            effects = self._timeline.by_statement.get(position, ())
            found = self._made[position] = bool(effects) and all(
                effect.change is Change.CREATED and self._timeline.actual(effect.id) is not None
                for effect in effects
            )
        return found

    def _decide(self, id: ObjectId) -> tuple[Position, ...]:
        if id not in self._deciding:
            self._deciding[id] = tuple(sorted(set(self._positions(id))))
        return self._deciding[id]

    def _positions(self, id: ObjectId) -> Iterator[Position]:
        """The statements that decide it: those of the object, of what it belongs to and of what
        hangs on it.
        """
        timeline = self._timeline
        waiting = [id]
        if (parent := parent_of(timeline, id)) is not None:
            waiting.append(parent)
        waiting += timeline.taken_by.get(id, ())
        for child in (*timeline.children.get(id, ()), *timeline.takes.get(id, ())):
            yield from (position for position, _ in timeline.by_object.get(child, ()))
        seen: set[ObjectId] = set()
        while waiting:
            if (one := waiting.pop()) in seen:
                continue
            seen.add(one)
            for position, effect in timeline.by_object.get(one, ()):
                yield position
                waiting += (other for other, _ in timeline.needs.get((position, one), ()))
                waiting += timeline.blocked.get(position, ())
                if effect.change is not Change.CREATED:
                    waiting += timeline.lacking(position)
                if (former := timeline.former.get((position, one))) is not None:
                    waiting.append(former.id)
                if effect.parent is not None and position in timeline.failed:
                    waiting.append(effect.parent)


def _picker(positions: tuple[Position, ...]) -> Pick:
    if not positions:
        return lambda ran: None
    return itemgetter(*positions)
