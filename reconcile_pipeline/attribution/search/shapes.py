"""The shapes that a file can have had, and what each costs while the others stay as they are."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from reconcile_pipeline.attribution.search.candidates import candidates
from reconcile_pipeline.attribution.search.gains import gains, gains_of_the_rest
from reconcile_pipeline.attribution.search.own_cost import Among, OwnCost
from reconcile_pipeline.attribution.search.prices import Best, Prices
from reconcile_pipeline.attribution.search.upon_nothing import UponNothing
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts, Traces, objects_of
from reconcile_pipeline.catalog.model import ObjectId

NEAR = 8  # files
NOWHERE = Among(beside_never=False, alone=False)  # not asked of a file that ran whole
NOTHING = 1e-6  # a difference in price that is none
IN_DOUBT = 1.2  # how near the next best shape of a file must be for the search to try it


@dataclass(slots=True)
class Choice:
    """Which statements ran, what that costs, and for each file the next best shape's price."""

    ran: dict[Position, bool]
    cost: float
    runner_up: dict[int, tuple[float, tuple[bool, ...]]]


class Search:
    """One choice, and for each file the shapes that it could have instead."""

    def __init__(
        self,
        timeline: Timeline,
        files: Sequence[File],
        rows: RowFacts,
        ran: dict[Position, bool],
        prices: Prices | None = None,
        finer: Set[Position] = frozenset(),
    ) -> None:
        self.timeline = timeline
        self._prices = prices or Prices(timeline)
        self.files = files
        self.rows = rows
        self.ran = ran
        self.runner_up: dict[int, tuple[float, tuple[bool, ...]]] = {}
        self._finer = finer
        self._traces = Traces(timeline, files, rows, finer)
        self._checkable = self._traces.checkable
        upon_nothing = UponNothing(timeline, self._traces)
        self._own = OwnCost(timeline, self._traces, self._prices, rows, upon_nothing, finer)
        self._objects = {f.number: objects_of(f, timeline) for f in files}
        groups = {n: self._prices.groups(ids) for n, ids in self._objects.items()}
        self._private = {n: [g for g in found if g.by <= {n}] for n, found in groups.items()}
        self._shared = {n: [g for g in found if not g.by <= {n}] for n, found in groups.items()}
        self._context = {
            f.number: self._prices.context(self._objects[f.number], f.positions) for f in files
        }
        upon = upon_nothing.built_upon
        self._beside = {
            f.number: [o for o in self.beside(f) if not upon(o.number, f.number)] for f in files
        }
        self._incomplete: set[int] = set()
        self.start(ran)

    def start(self, ran: Mapping[Position, bool]) -> None:
        """Begin anew from this choice."""
        self.ran = dict(ran)
        self._incomplete = {f.number for f in self.files if not all(self._shape_of(f))}

    def improve(self, file: File) -> bool:
        """Give a file its best shape; True where that changed it."""
        if not self._checkable[file.number]:
            self._set_all(file)
            return False
        now = self._shape_of(file)
        key = self._key(file)
        if key not in self._prices.best:
            self._prices.best[key] = self.best(file)
        shape, self.runner_up[file.number] = self._prices.best[key]
        self._set(file, shape)
        return shape != now

    def follow(self, file: File) -> bool:
        """The same, without looking for the next best shape."""
        if not self._checkable[file.number]:
            self._set_all(file)
            return False
        now = self._shape_of(file)
        if all(now) and not self._costs(file, now, NOTHING):
            return False
        key = self._key(file)
        if key in self._prices.best:
            shape, _ = self._prices.best[key]
        elif key in self._prices.first:
            shape = self._prices.first[key]
        else:
            shape = self._prices.first[key] = self._priced(file, NOTHING)[0][2]
        self._set(file, shape)
        return shape != now

    def best(self, file: File) -> Best:
        """The cheapest shape of a file that leaves something to check, and the next one, if it is
        no more than `IN_DOUBT` dearer."""
        priced = self._priced(file, IN_DOUBT)
        cost, _, shape = priced[0]
        return shape, (priced[1][0] - cost, priced[1][2]) if priced[1:] else (99.0, shape)

    def _priced(self, file: File, margin: float) -> list[tuple[float, int, tuple[bool, ...]]]:
        """Prices of the file's shapes, the cheapest first, of the plainer ones of the same price
        the plainest; at least of all that are no more than `margin` dearer than the cheapest."""
        shapes = list(enumerate(self._shapes(file)))
        now = self._shape_of(file)
        shapes.sort(key=lambda pair: pair[1] != now)  # where little is cheaper, most are soon left
        most, priced = math.inf, []
        for number, shape in shapes:
            cost = self._costs(file, shape, most)
            if cost <= most:
                most = min(most, cost + margin + NOTHING)
                priced.append((cost, number, shape))
        return sorted(priced, key=lambda row: (round(row[0], 6), row[1]))

    def others(self, file: File, best: Choice) -> Iterator[tuple[bool, ...]]:
        """Other shapes worth a try: the next best one where it is near; where the file touches
        something that was changed by hand as things are, whole, never, and without what it made
        that is gone: that another file stopped, too, may be why this costs more by itself."""
        now = self._shape_of(file)
        by_hand = any(self._prices.of(id, self.ran) for id in self._objects[file.number])
        gap, second = best.runner_up.get(file.number, (99.0, now))
        tried = {now}
        if now and gap <= IN_DOUBT and second not in tried:
            tried.add(second)
            yield second
        if by_hand:
            n = len(now)
            gone = [k for k, p in enumerate(self._checkable[file.number]) if self._gone(p)]
            ends = [(gone[0], n), (gone[0], gone[-1] + 1)] if gone and n > 1 else []
            for begin, end in [(n, n), (0, n), *ends]:
                shape = (*(True,) * begin, *(False,) * (end - begin), *(True,) * (n - end))
                if shape not in tried:
                    tried.add(shape)
                    yield shape

    def _gone(self, position: Position) -> bool:
        """Whether it made something, as things are, that somebody removed."""
        return self.ran[position] and self._own.lost(position, self.ran)

    def take(self, file: File, shape: tuple[bool, ...]) -> None:
        """Give a file this shape."""
        self._set(file, shape)

    def touched(self, file: File) -> frozenset[ObjectId]:
        """The objects that the file has to do with."""
        return frozenset(self._objects[file.number])

    def related(self, file: File) -> list[File]:
        """The other files that touch what this one touches."""
        own = set(self._objects[file.number])
        return [
            other
            for other in self.files
            if other.number != file.number and not own.isdisjoint(self._objects[other.number])
        ]

    def in_question(self) -> frozenset[Position]:
        """The statements that left nothing in the replay, of files in which such a one would have
        made or dropped something that is not explained as things are."""
        quiet = {
            position: ids
            for position, ids in self.timeline.in_vain.items()
            if not self.timeline.by_statement.get(position)
        }
        numbers = {
            number
            for (number, _), ids in quiet.items()
            if any(self._prices.of(id, self.ran) for id in ids)
        }
        return frozenset(position for position in quiet if position[0] in numbers)

    def beside(self, file: File) -> list[File]:
        """The nearest files before and after it that leave something to check."""
        found = []
        for step in (-1, 1):
            number = file.number + step
            while 0 <= number < len(self.files):
                if self._checkable[number]:
                    found.append(self.files[number])
                    break
                number += step
        return found

    def cost_of(self, files: Sequence[File]) -> float:
        """What these files and all that they touch cost."""
        objects: set[ObjectId] = set().union(*(self._objects[f.number] for f in files))
        cost = sum(self._prices.of(id, self.ran) for id in objects)
        return cost + sum(self._own_cost(f, self._shape_of(f)) for f in files)

    def total(self) -> float:
        """What the whole choice costs."""
        objects: set[ObjectId] = set(self.timeline.by_object)
        cost = sum(self._prices.of(id, self.ran) for id in objects)
        return cost + sum(self._own_cost(f, self._shape_of(f)) for f in self.files)

    def _costs(self, file: File, shape: tuple[bool, ...], most: float) -> float:
        """What the file and its objects cost in this shape; less than that where it is more than
        `most`: what no other file decides is asked first."""
        before = self._shape_of(file)
        self._set(file, shape)
        cost = self._prices.total(self._private[file.number], self.ran)
        if cost <= most:
            cost += self._own_cost(file, shape)
        if cost <= most:
            cost += self._prices.total(self._shared[file.number], self.ran)
        self._set(file, before)
        return cost

    def _own_cost(self, file: File, shape: tuple[bool, ...]) -> float:
        among = NOWHERE if all(shape) else Among(self._beside_never(file), self.alone(file))
        return self._own.of(file, shape, self.ran, among)

    def alone(self, file: File) -> bool:
        """Whether it stands well before all others that did not run whole, or before the end."""
        others = self._incomplete - {file.number}
        far = max(NEAR, len(self.files) // 4)
        return min(others, default=len(self.files)) - file.number > far

    def _beside_never(self, file: File) -> bool:
        """Whether the nearest file before or after that leaves something to check never ran, or
        the one before stopped: what comes after it waits."""
        shapes = ((o.number, self._shape_of(o)) for o in self._beside[file.number])
        return any(not any(kept) or (n < file.number and not kept[-1]) for n, kept in shapes)

    def _shape_of(self, file: File) -> tuple[bool, ...]:
        return tuple(self.ran[p] for p in self._checkable[file.number])

    def _set(self, file: File, shape: tuple[bool, ...]) -> None:
        """Statements that leave nothing go with the checkable one before them."""
        kept = dict(zip(self._checkable[file.number], shape, strict=True))
        last = shape[0] if shape else True
        for position in file.positions:
            last = kept.get(position, last)
            self.ran[position] = last
        (self._incomplete.discard if all(shape) else self._incomplete.add)(file.number)

    def _set_all(self, file: File) -> None:
        self.ran.update(dict.fromkeys(file.positions, True))

    def _key(self, file: File) -> Hashable:
        """All that the prices of a file's shapes depend on."""
        context = self._context[file.number](self.ran)
        return file.number, context, self._beside_never(file), self.alone(file)

    def _shapes(self, file: File) -> Iterator[tuple[bool, ...]]:
        checkable = self._checkable[file.number]
        if len(checkable) == 1:
            return iter([(True,), (False,)])
        left = [self._traces.left_by(each) for each in checkable]
        with_it = (
            checkable,
            self.ran,
            lambda p, kept: sum(self._own.of_rows(file, p, kept, self.ran)),
        )
        now = gains(self.timeline, self._prices, *with_it)
        rest = gains_of_the_rest(self.timeline, self._prices, file, *with_it)
        done = [self._traces.seems_done(each) for each in checkable]
        return candidates((now, rest), left, done, self._shape_of(file))
