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
from reconcile_pipeline.attribution.timeline.alter import decides_presence
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, ObjectId

Pick = Callable[[Mapping[Position, bool]], Any]
#: A shape, how much dearer the next best one is, and that one.
Best = tuple[tuple[bool, ...], tuple[float, tuple[bool, ...]]]


@dataclass(slots=True)
class Group:
    """Objects that the same statements decide, like a table's columns, and what they cost. `by`:
    the files of these statements."""

    by: frozenset[int]
    pick: Pick
    ids: tuple[ObjectId, ...]
    known: dict[Any, float] = field(default_factory=dict)


class Prices:
    """`object_cost` for one timeline, which must not change any more.

    `best`: what a search found to be best for a file, by the file and all that it depends on;
    `first`: the same without the next best.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._deciding: dict[ObjectId, tuple[Position, ...]] = {}
        self._groups: dict[ObjectId, Group] = {}
        self._grouped: dict[tuple[ObjectId, ...], tuple[Group, ...]] = {}
        self._made: dict[Position, bool] = {}
        self._contexts: dict[tuple[Position, ...], Pick] = {}
        self.best: dict[Hashable, Best] = {}
        self.first: dict[Hashable, tuple[bool, ...]] = {}

    def of(self, id: ObjectId, ran: Mapping[Position, bool]) -> float:
        """What must be assumed to have been done by hand to this object; 0 where nothing."""
        group = self._groups.get(id)
        if group is None:
            group = self._groups[id] = _group(self._decide(id), (id,))
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
                _group(decide, tuple(same)) for decide, same in found.items()
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

    def context(self, ids: Iterable[ObjectId], positions: tuple[Position, ...]) -> Pick:
        """What the price of these objects, and of whether these statements can have worked, depends
        on, as bytes, since a search remembers thousands of them. `positions`: a file's statements;
        `ids`: what they have to do with.
        """
        if positions not in self._contexts:
            decisive = {id for position in positions for id in self._timeline.lacking(position)}
            decisive |= {id for p in positions for id in self._timeline.blocked.get(p, ())}
            deciding = {p for id in decisive.union(ids) for p in self._decide(id)}
            self._contexts[positions] = _packed(tuple(sorted(deciding.union(positions))))
        return self._contexts[positions]

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
        waiting = [(id, True)]
        if (parent := parent_of(timeline, id)) is not None:
            waiting.append((parent, False))
        waiting += [(other, False) for other in timeline.taken_by.get(id, ())]
        waiting += [(other, False) for other in timeline.made_anew.get(id, ())]
        for child in (*timeline.children.get(id, ()), *timeline.takes.get(id, ())):
            yield from (position for position, _ in timeline.by_object.get(child, ()))
        seen: set[tuple[ObjectId, bool]] = set()
        while waiting:
            one, shape = waiting.pop()
            if (one, shape) in seen or (one, True) in seen:
                continue
            seen.add((one, shape))
            for position, effect in timeline.by_object.get(one, ()):
                if not shape and not decides_presence(effect):
                    continue
                yield position
                needs = timeline.needs.get((position, one), ())
                waiting += [(other, False) for other, _ in needs]
                waiting += [(other, True) for other in timeline.blocked.get(position, ())]
                if effect.change is not Change.CREATED:
                    waiting += [(other, False) for other in timeline.lacking(position)]
                if (former := timeline.former.get((position, one))) is not None:
                    waiting.append((former.id, True))
                if effect.parent is not None and position in timeline.failed:
                    waiting.append((effect.parent, False))


def _group(decide: tuple[Position, ...], ids: tuple[ObjectId, ...]) -> Group:
    return Group(frozenset(number for number, _ in decide), _picker(decide), ids)


def _picker(positions: tuple[Position, ...]) -> Pick:
    if not positions:
        return lambda ran: None
    return itemgetter(*positions)


def _packed(positions: tuple[Position, ...]) -> Pick:
    pick = _picker(positions)
    return (lambda ran: bytes(pick(ran))) if len(positions) > 1 else pick
