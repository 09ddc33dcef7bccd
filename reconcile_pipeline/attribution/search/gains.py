"""How much cheaper production is explained if one statement of a file alone had not run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File
from reconcile_pipeline.catalog.model import Change

#: What the rows of a statement cost where it ran, or did not.
RowsCost = Callable[[Position, bool], float]

THERE = -1.0  # of a statement that makes something which production has


def gains(
    timeline: Timeline,
    prices: Prices,
    checkable: Sequence[Position],
    ran: dict[Position, bool],
    rows_cost: RowsCost,
) -> list[float]:
    """For each of these statements of a file; the others did as `ran` says, which is as before
    afterwards."""
    return [_gain(timeline, prices, each, ran, rows_cost) for each in checkable]


def gains_of_the_rest(
    timeline: Timeline,
    prices: Prices,
    file: File,
    checkable: Sequence[Position],
    ran: Mapping[Position, bool],
    rows_cost: RowsCost,
) -> list[float]:
    """The same, had all others of the file run: a comment of a table, a column's default tell
    nothing while what makes the table counts as not run. Empty where production has nothing that
    the file makes, and where it ran whole anyway."""
    there = [_made(timeline, each) for each in checkable]
    if not any(there) or all(there) or all(ran[each] for each in checkable):
        return []
    choice = {**ran, **dict.fromkeys(file.positions, True)}
    return [
        THERE if made else _gain(timeline, prices, each, choice, rows_cost)
        for each, made in zip(checkable, there, strict=True)
    ]


def _made(timeline: Timeline, position: Position) -> bool:
    return any(
        effect.change is Change.CREATED and timeline.named_now(effect.id) is not None
        for effect in timeline.by_statement.get(position, ())
    )


def _gain(
    timeline: Timeline,
    prices: Prices,
    position: Position,
    choice: dict[Position, bool],
    rows_cost: RowsCost,
) -> float:
    effects = timeline.by_statement.get(position, ())
    ids = {e.id for e in effects}
    ids |= {id for e in effects for id in timeline.needed.get(e.id, ())}
    ids |= {id for e in effects for id in timeline.takes.get(e.id, ())}
    ids |= timeline.in_vain.get(position, set())
    was = choice[position]
    costs = []
    for kept in (True, False):
        choice[position] = kept
        cost = sum(prices.of(id, choice) for id in ids)
        costs.append(cost + rows_cost(position, kept))
    choice[position] = was
    return costs[0] - costs[1]
