"""What a file's shape costs by itself: that it did not run whole, that statements cannot have
worked, and that rows are missing or there. What its objects cost is in `prices`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import compress

from reconcile_pipeline.attribution.search.file_cost import (
    ALL_UNDONE,
    FAILED,
    FAILED_TOO,
    NO_TRACE,
    RECORDED_CUT,
    WEAK_MOST,
    file_cost,
    missing_cost,
    rows_cost,
)
from reconcile_pipeline.attribution.search.in_the_way import stopped, without_refused
from reconcile_pipeline.attribution.search.one_object import lacks_one_object
from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.search.undone import all_undone
from reconcile_pipeline.attribution.search.upon_nothing import UponNothing
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts, Traces
from reconcile_pipeline.catalog.model import Change


@dataclass(frozen=True, slots=True)
class Among:
    """Where a file stands. `beside_never`: the file before or after it never ran, or the one before
    stopped; `alone`: it is long before all others that did not run whole."""

    beside_never: bool
    alone: bool


class OwnCost:
    """What shapes of files cost, for one timeline.

    `finer`: statements that count as checkable though they left nothing in the replay.
    """

    def __init__(
        self,
        timeline: Timeline,
        traces: Traces,
        prices: Prices,
        rows: RowFacts,
        upon_nothing: UponNothing,
        finer: Set[Position],
    ) -> None:
        self._timeline = timeline
        self._traces = traces
        self._prices = prices
        self._rows = rows
        self._upon_nothing = upon_nothing
        self._finer = finer

    def of(
        self, file: File, shape: tuple[bool, ...], ran: Mapping[Position, bool], among: Among
    ) -> float:
        """The price of this shape, which is what `ran` says of the file, too."""
        cost = weak = 0.0
        missing: list[float] = []
        checkable = self._traces.checkable[file.number]
        tried, shape = shape, without_refused(self._traces, checkable, shape, ran)
        failed = FAILED if tried != shape else 0.0
        if all(shape):
            if all_undone(self._timeline, self._prices, self._rows, checkable, ran):
                cost = ALL_UNDONE
            elif self._only_dropped(checkable, ran):
                cost = NO_TRACE
        else:
            cost = self._not_whole(file, shape, ran, among)
        for position, kept in zip(checkable, tried, strict=True):
            if kept and self._timeline.fails(position, ran):
                failed += FAILED_TOO if failed else FAILED
            exact, little = self.of_rows(file, position, kept, ran)
            cost, weak = cost + (0.0 if kept else exact), weak + little
            missing += [exact] if kept and exact else []
        told = (fact for position in checkable for fact in self._rows.get(position, ()))
        return cost + failed + missing_cost(missing, told) + min(weak, WEAK_MOST)

    def of_rows(
        self, file: File, position: Position, kept: bool, ran: Mapping[Position, bool]
    ) -> tuple[float, float]:
        """The price of a statement's row evidence: exact and weak. Rows that went with a table that
        somebody dropped cost nothing more, where something else of their file is there or it is
        recorded."""
        facts = self._rows.get(position, ())
        if not (kept and facts and self._timeline.rows_went(position, ran)):
            return rows_cost(facts, kept)
        checkable = self._traces.checkable[file.number]
        shown = file.recorded or any(map(self._traces.left_by, checkable))
        return (0.0, 0.0) if shown else rows_cost(facts, kept)

    def lost(self, position: Position, ran: Mapping[Position, bool]) -> bool:
        """Whether it made something that somebody removed, by this choice."""
        return any(
            effect.change is Change.CREATED
            and self._timeline.actual(effect.id) is None
            and self._prices.of(effect.id, ran) > 0
            for effect in self._traces.effects_of(position)
        )

    def _only_dropped(self, positions: Sequence[Position], ran: Mapping[Position, bool]) -> bool:
        """Whether all that shows of these is what they dropped, and somebody removed the rest: had
        they stopped in between, it would be no other."""
        drops = (e.change is Change.DROPPED for p in positions for e in self._traces.effects_of(p))
        return (
            any(drops)
            and any(self.lost(position, ran) for position in positions)
            and not self._shows(positions, ran)
        )

    def _not_whole(
        self, file: File, shape: tuple[bool, ...], ran: Mapping[Position, bool], among: Among
    ) -> float:
        checkable, places = self._traces.checkable[file.number], self._traces.places[file.number]
        lacks_one = self._lacks_one(file, shape)
        vain = not any(shape) and self._upon_nothing.holds(file.number, ran)
        cost = file_cost(
            shape, file.recorded, among.beside_never, among.alone, lacks_one, places, vain
        )
        if any(shape) and stopped(self._traces, checkable, shape, ran):
            cost = FAILED + (RECORDED_CUT if file.recorded else 0.0)
        if any(shape) and not self._shows(compress(checkable, shape), ran):
            cost += NO_TRACE
        return cost

    def _lacks_one(self, file: File, shape: Sequence[bool]) -> bool:
        """Whether it was cut off, and all that it lacks is one object."""
        first = shape.index(False)
        missing = self._traces.checkable[file.number][first:]
        if not first or any(shape[first:]) or not self._finer.isdisjoint(missing):
            return False
        return lacks_one_object(self._traces, self._prices, file, missing)

    def _shows(self, positions: Iterable[Position], ran: Mapping[Position, bool]) -> bool:
        """Whether production has anything of what these do, or lacks what they drop."""
        traces = self._traces
        return any(
            (traces.left_by(each) and self._did(each, ran)) or traces.missed(each, ran)
            for each in positions
        )

    def _did(self, position: Position, ran: Mapping[Position, bool]) -> bool:
        """Whether the statement does anything by this choice, of one that did nothing in the
        replay."""
        return position not in self._finer or any(
            self._timeline.predict(id, ran, position) is None
            for id in self._timeline.in_vain[position]
        )
