"""Files that can have done nothing, since nothing that they are built upon was ever made.

A file that makes a schema never ran; of the sixty that make tables in it each statement would have
failed. Whether anybody tried them or not: it is the one file that explains them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import Traces
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId


@dataclass(frozen=True, slots=True)
class _Statement:
    """`lacks`: what each of its effects needs and production lacks; of one that does nothing as
    soon as anything is not there, all that together. `made`: what it makes."""

    position: Position
    lacks: tuple[frozenset[ObjectId], ...]
    made: frozenset[ObjectId]


class UponNothing:
    """Tells of which files it holds, of those of `traces`."""

    def __init__(self, timeline: Timeline, traces: Traces) -> None:
        self._timeline = timeline
        self._traces = traces
        self._files = {number: self._statements(own) for number, own in traces.checkable.items()}

    def holds(self, number: int, ran: Mapping[Position, bool]) -> bool:
        """Whether all that the file would do needs something that is not there by this choice, in
        which the file did not run, nor ever made by the file itself."""
        statements = self._files[number]
        made = {id for statement in statements for id in statement.made}
        hopeless: set[ObjectId] = set()
        for position, lacks, own in ((s.position, s.lacks, s.made) for s in statements):
            for needed in lacks:
                if not any(
                    id in hopeless
                    or (id not in made and self._timeline.predict(id, ran, position) is None)
                    for id in needed
                ):
                    return False
            hopeless |= own
        return bool(statements)

    def needs(self, number: int) -> frozenset[ObjectId]:
        """What the file needs, does not make itself and production lacks; empty where not all of
        its statements lack something."""
        statements = self._files[number]
        made = {id for statement in statements for id in statement.made}
        return frozenset(id for s in statements for ids in s.lacks for id in ids if id not in made)

    def built_upon(self, number: int, other: int) -> bool:
        """Whether it is one that may hold, for what the `other` file makes: that it did not run
        either is then no sign of its own."""
        needed = self.needs(number)
        return bool(needed) and not needed.isdisjoint(self.made_by(other))

    def made_by(self, number: int) -> frozenset[ObjectId]:
        """What the file makes."""
        return frozenset(
            effect.id
            for position in self._traces.checkable[number]
            for effect in self._traces.effects_of(position)
            if effect.change is Change.CREATED
        )

    def _statements(self, own: Iterable[Position]) -> tuple[_Statement, ...]:
        """The file's statements; none where one of them lacks nothing, or left something."""
        found = []
        for position in own:
            if self._traces.left_by(position):
                return ()
            effects = self._timeline.by_statement.get(position, ())
            made = frozenset(e.id for e in effects if e.change is Change.CREATED)
            lacks = tuple(self._lacks(position, effects, made))
            if not lacks or not all(lacks):
                return ()
            found.append(_Statement(position, lacks, made))
        return tuple(found)

    def _lacks(
        self, position: Position, effects: Sequence[Difference], made: Set[ObjectId]
    ) -> Iterator[frozenset[ObjectId]]:
        timeline = self._timeline
        each = [
            frozenset(
                id
                for id in self._needed(position, effect)
                if id not in made and timeline.actual(id) is None
            )
            for effect in effects
            if effect.parent not in made
        ]
        if position in timeline.rows_of:
            each.append(frozenset(timeline.rows_of[position]))
        if position in timeline.blocks or position in timeline.guarded:
            yield from each  # it does the one, and nothing of the other
        else:
            yield frozenset().union(*each)

    def _needed(self, position: Position, effect: Difference) -> Iterator[ObjectId]:
        if effect.change is not Change.CREATED:
            yield effect.id
        elif effect.parent is not None and effect.parent in self._timeline.by_object:
            yield effect.parent
        for other, there in self._timeline.needs.get((position, effect.id), ()):
            if there:
                yield other
