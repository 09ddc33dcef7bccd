"""What a file's statements leave that production can tell of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from reconcile_pipeline.attribution.timeline.alter import decides_presence
from reconcile_pipeline.attribution.timeline.effects import protected_before, visible
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId

RowFacts = Mapping[Position, Sequence[tuple[bool | None, bool]]]


@dataclass(frozen=True, slots=True)
class File:
    """What the search needs of one file: its statements' positions, and whether it is recorded.

    `control`: those that only begin or end a transaction.
    """

    number: int
    positions: tuple[Position, ...]
    recorded: bool
    control: frozenset[Position] = frozenset()


class Traces:
    """Which statements leave something to check, and of which something is there.

    `checkable`: file number -> those of its statements, in order; `places`: how many statements
    end with each of them, and how many come after the last, without those of `File.control`.
    `finer`: statements that count as checkable though they left nothing in the replay, in files
    that leave something.
    """

    def __init__(
        self,
        timeline: Timeline,
        files: Iterable[File],
        rows: RowFacts,
        finer: Set[Position] = frozenset(),
    ) -> None:
        self._timeline = timeline
        self._rows = rows
        self._finer = finer
        self._left: dict[Position, bool] = {}
        self.checkable: dict[int, tuple[Position, ...]] = {}
        self.places: dict[int, tuple[int, ...]] = {}
        for file in files:
            self.checkable[file.number] = self._checkable_of(file)
            self.places[file.number] = self._places_of(file)

    def effects_of(self, position: Position) -> tuple[Difference, ...]:
        """What the statement did to the catalog."""
        return self._timeline.by_statement.get(position, ())

    def stands(self, position: Position) -> bool:
        """Whether production has any object that the statement makes or changes, by this name or
        one that it was given later."""
        return any(
            effect.change is not Change.DROPPED and self._timeline.named_now(effect.id) is not None
            for effect in self._timeline.by_statement.get(position, ())
        )

    def seems_done(self, position: Position) -> bool:
        """Whether production has all that the statement makes, and nothing that it drops."""
        return all(
            (self._timeline.named_now(effect.id) is None) is (effect.change is Change.DROPPED)
            for effect in self._timeline.by_statement.get(position, ())
        )

    def left_by(self, position: Position) -> bool:
        """Whether production has anything of what the statement makes or changes, by this name or
        one that it was given later, or its rows."""
        if position not in self._left:
            rows = (there for there, _ in self._rows.get(position, ()))
            self._left[position] = self.stands(position) or any(rows)
            if position in self._finer:
                vain = self._timeline.in_vain.get(position, ())
                self._left[position] |= any(self._timeline.named_now(id) is not None for id in vain)
        return self._left[position]

    def missed(self, position: Position, ran: Mapping[Position, bool]) -> bool:
        """Whether production lacks what the statement drops, which would be there without it: a
        file made that of which production has something else."""
        for effect in self._timeline.by_statement.get(position, ()):
            if effect.change is Change.DROPPED and self._timeline.actual(effect.id) is None:
                makers = {
                    maker[0]
                    for maker, made in self._timeline.by_object.get(effect.id, ())
                    if made.change is Change.CREATED and maker[0] < position[0] and ran[maker]
                }
                if any(self.left_by(p) for n in makers for p in self.checkable[n]):
                    return True
        return False

    def in_its_way(self, position: Position, ran: Mapping[Position, bool]) -> frozenset[ObjectId]:
        """What stood in the statement's way, since somebody had made it: production has what it
        makes, no statement that ran made that, and it neither says IF NOT EXISTS or OR REPLACE nor
        leaves the name to the server. A file that is run with a tool stops there."""
        timeline = self._timeline
        never = (timeline.guarded, timeline.whole, timeline.blocks)
        if any(position in each for each in never):
            return frozenset()
        return frozenset(
            effect.id
            for effect in timeline.by_statement.get(position, ())
            if effect.change is Change.CREATED
            and timeline.actual(effect.id) is not None
            and timeline.predict(effect.id, ran) is None
        )

    def _checkable_of(self, file: File) -> tuple[Position, ...]:
        found = {
            p
            for p in file.positions
            if any(self._tells(e) for e in self._timeline.by_statement.get(p, ()))
            or any(there is not None for there, _ in self._rows.get(p, ()))
        }
        return tuple(p for p in file.positions if p in found or p in self._finer)

    def _places_of(self, file: File) -> tuple[int, ...]:
        ends = {position: k for k, position in enumerate(self.checkable[file.number])}
        counts = [0] * (len(ends) + 1)
        place = 0
        for position in file.positions:
            counts[place] += position not in file.control
            place = ends[position] + 1 if position in ends else place
        return tuple(counts)

    def _tells(self, effect: Difference) -> bool:
        """Whether production can tell if the effect came about: what is so from the beginning of
        a table of the base, or may be, goes with what is beside it."""
        if effect.facets != ("rls",) or self._timeline.start.get(effect.id) is None:
            return visible(effect)
        actual = self._timeline.actual(effect.id)
        return not protected_before(effect.before, actual, effect.facets)


def objects_of(file: File, timeline: Timeline) -> tuple[ObjectId, ...]:
    """The objects that its statements have to do with, sorted."""
    found: set[ObjectId] = set()
    for position in file.positions:
        for effect in timeline.by_statement.get(position, ()):
            found.add(effect.id)
            if decides_presence(effect):
                found |= timeline.children.get(effect.id, set())
            found |= timeline.needed.get(effect.id, set())
            found |= timeline.takes.get(effect.id, set())
        found |= timeline.in_vain.get(position, set())
        found |= timeline.rows_of.get(position, set())
    return tuple(sorted(found))
