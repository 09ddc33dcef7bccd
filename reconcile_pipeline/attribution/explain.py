"""Choose which statements ran, so that the least has to be assumed.

Coordinate descent over files: each file in turn takes the shape (whole, never, cut off, with a
gap) that explains its objects best while the others stay as they are, until nothing improves.
Judging files whole keeps one odd statement from making its whole neighbourhood odd.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution.cost import (
    FAILED,
    file_cost,
    object_cost,
    rows_cost,
    stretches,
)
from reconcile_pipeline.attribution.looks import looks_of
from reconcile_pipeline.attribution.timeline import Position, Timeline, differing
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId

RowFacts = Mapping[Position, Sequence[tuple[bool | None, bool]]]
ROUNDS = 6
ALL_CUTS = 40  # statements up to which every place of a cut is tried


@dataclass(slots=True)
class Choice:
    """Which statements ran, what that costs, and for each file the next best shape's price."""

    ran: dict[Position, bool]
    cost: float
    runner_up: dict[int, tuple[float, tuple[bool, ...]]]


@dataclass(frozen=True, slots=True)
class File:
    """What the search needs of one file: its statements' positions, and whether it is recorded."""

    number: int
    positions: tuple[Position, ...]
    recorded: bool


def explain(
    timeline: Timeline, files: Sequence[File], rows: RowFacts, begin: Mapping[Position, bool]
) -> Choice:
    """The cheapest choice that the search finds, from `begin` and from what single effects show.

    From the second one it gets to where two files have to change at once: an old definition is
    explained only once none of those that replace it is taken to have run.
    """
    best = _descend(timeline, files, rows, begin)
    looks = looks_of(timeline, best.ran)
    otherwise = {f.number for f in files if any(looks[p] != best.ran[p] for p in f.positions)}
    if otherwise:
        # First only the files that look otherwise: most often they come back to where they were.
        other = _descend(timeline, files, rows, looks, otherwise)
        if other.cost < best.cost - 1e-9:
            return _descend(timeline, files, rows, other.ran)
    return best


def _descend(
    timeline: Timeline,
    files: Sequence[File],
    rows: RowFacts,
    begin: Mapping[Position, bool],
    only: Collection[int] | None = None,
) -> Choice:
    search = _Search(timeline, files, rows, dict(begin))
    for _ in range(ROUNDS):
        # Late files first: what they replaced must not be held against those before them.
        chosen = [file for file in reversed(files) if only is None or file.number in only]
        improved = [search.improve(file) for file in chosen]
        if not any(improved):
            break
    return Choice(search.ran, search.total(), search.runner_up)


def price(
    timeline: Timeline, files: Sequence[File], rows: RowFacts, ran: Mapping[Position, bool]
) -> float:
    """What one choice costs, without looking for a better one."""
    return _Search(timeline, files, rows, dict(ran)).total()


class _Search:
    def __init__(
        self,
        timeline: Timeline,
        files: Sequence[File],
        rows: RowFacts,
        ran: dict[Position, bool],
    ) -> None:
        self.timeline = timeline
        self.files = files
        self.rows = rows
        self.ran = ran
        self.runner_up: dict[int, tuple[float, tuple[bool, ...]]] = {}
        self._checkable = {f.number: self._checkable_of(f) for f in files}
        self._objects = {f.number: self._objects_of(f) for f in files}

    def improve(self, file: File) -> bool:
        """Give a file its best shape; True where that changed it."""
        checkable = self._checkable[file.number]
        if not checkable:
            for position in file.positions:
                self.ran[position] = True
            return False
        now = tuple(self.ran[p] for p in checkable)
        priced = sorted(
            (
                (self._price(file, shape), number, shape)
                for number, shape in enumerate(self._shapes(file))
            ),
            key=lambda row: (round(row[0], 6), row[1]),
        )
        best = priced[0]
        self.runner_up[file.number] = (priced[1][0] - best[0], priced[1][2]) if priced[1:] else (
            99.0, best[2],
        )  # fmt: skip
        self._set(file, best[2])
        return best[2] != now

    def total(self) -> float:
        """What the whole choice costs."""
        objects: set[ObjectId] = set(self.timeline.by_object)
        cost = sum(object_cost(self.timeline, id, self.ran) for id in objects)
        return cost + sum(self._own_cost(f, self._shape_of(f)) for f in self.files)

    def _price(self, file: File, shape: tuple[bool, ...]) -> float:
        before = self._shape_of(file)
        self._set(file, shape)
        cost = sum(object_cost(self.timeline, id, self.ran) for id in self._objects[file.number])
        self._set(file, before)
        return cost + self._own_cost(file, shape)

    def _own_cost(self, file: File, shape: tuple[bool, ...]) -> float:
        cost = file_cost(shape, file.recorded, self._beside_never(file)) if shape else 0.0
        for position, kept in zip(self._checkable[file.number], shape, strict=True):
            if kept and position in self.timeline.failed:
                cost += FAILED
            cost += rows_cost(self.rows.get(position, ()), kept)
        return cost

    def _beside_never(self, file: File) -> bool:
        """Whether the nearest file before or after that leaves something to check never ran."""
        for step in (-1, 1):
            number = file.number + step
            while 0 <= number < len(self.files):
                if shape := self._shape_of(self.files[number]):
                    if not any(shape):
                        return True
                    break
                number += step
        return False

    def _shape_of(self, file: File) -> tuple[bool, ...]:
        return tuple(self.ran[p] for p in self._checkable[file.number])

    def _set(self, file: File, shape: tuple[bool, ...]) -> None:
        """Statements that leave nothing go with the checkable one before them."""
        kept = dict(zip(self._checkable[file.number], shape, strict=True))
        last = shape[0] if shape else True
        for position in file.positions:
            last = kept.get(position, last)
            self.ran[position] = last

    def _shapes(self, file: File) -> Iterator[tuple[bool, ...]]:
        checkable = self._checkable[file.number]
        n = len(checkable)
        whole = (True,) * n
        yield whole
        yield (False,) * n
        if n == 1:
            return
        looks = _bridged([self._gain_of_absence(file, position) for position in checkable])
        gaps = stretches(looks)
        cuts = (
            range(1, n) if n <= ALL_CUTS else [k for k in range(1, n) if looks[k] != looks[k - 1]]
        )
        seen = {whole, (False,) * n}
        for cut in cuts:
            shape = (True,) * cut + (False,) * (n - cut)
            if shape not in seen:
                seen.add(shape)
                yield shape
        for chosen in [*([gap] for gap in gaps), gaps]:
            missing = {k for begin, end in chosen for k in range(begin, end)}
            shape = tuple(k not in missing for k in range(n))
            if shape not in seen:
                seen.add(shape)
                yield shape
        now = self._shape_of(file)
        if now not in seen:
            yield now

    def _gain_of_absence(self, file: File, position: Position) -> float:
        """How much cheaper production is explained if this statement alone had not run."""
        effects = self.timeline.by_statement.get(position, ())
        facts = self.rows.get(position, ())
        ids = {e.id for e in effects}
        was = self.ran[position]
        costs = []
        for kept in (True, False):
            self.ran[position] = kept
            cost = sum(object_cost(self.timeline, id, self.ran) for id in ids)
            costs.append(cost + rows_cost(facts, kept))
        self.ran[position] = was
        return costs[0] - costs[1]

    def _checkable_of(self, file: File) -> tuple[Position, ...]:
        return tuple(
            p
            for p in file.positions
            if any(_visible(e) for e in self.timeline.by_statement.get(p, ()))
            or any(there is not None for there, _ in self.rows.get(p, ()))
        )

    def _objects_of(self, file: File) -> tuple[ObjectId, ...]:
        found: set[ObjectId] = set()
        for position in file.positions:
            for effect in self.timeline.by_statement.get(position, ()):
                found.add(effect.id)
                found |= self.timeline.children.get(effect.id, set())
            found |= self.timeline.in_vain.get(position, set())
        return tuple(sorted(found))


def _visible(effect: Difference) -> bool:
    if effect.change is not Change.ALTERED or effect.before is None or effect.after is None:
        return True
    return bool(differing(effect.before, effect.after))


def _bridged(gains: Sequence[float]) -> list[bool]:
    """What looks absent: also statements that tell nothing, between two that look absent.

    In a stretch that never ran, a GRANT that a later GRANT of the stretch replaced tells nothing.
    """
    looks = [gain > 0 for gain in gains]
    last: int | None = None
    for number, gain in enumerate(gains):
        if gain > 0:
            if last is not None and all(g == 0 for g in gains[last + 1 : number]):
                looks[last : number + 1] = [True] * (number + 1 - last)
            last = number
        elif gain < 0:
            last = None
    return looks
