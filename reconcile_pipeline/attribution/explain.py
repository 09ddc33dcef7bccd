"""Choose which statements ran, so that the least has to be assumed.

Coordinate descent over files: each file in turn takes the shape (whole, never, cut off, with a
gap) that explains its objects best while the others stay as they are, until nothing improves.
Judging files whole keeps one odd statement from making its whole neighbourhood odd.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconcile_pipeline.attribution.looks import looks_of
from reconcile_pipeline.attribution.prices import Prices
from reconcile_pipeline.attribution.shapes import Choice, Search
from reconcile_pipeline.attribution.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts

ROUNDS = 6
FEW_ROUNDS = 2  # … to see if a doubt leads anywhere


def explain(
    timeline: Timeline, files: Sequence[File], rows: RowFacts, begin: Mapping[Position, bool]
) -> Choice:
    """The cheapest choice that the search finds, from `begin` and from what single effects show.

    From the second one it gets to where two files have to change at once: an old definition is
    explained only once none of those that replace it is taken to have run.
    """
    prices = Prices(timeline)
    best = _descend(timeline, files, rows, begin, prices)
    looks = looks_of(timeline, best.ran)
    otherwise = {f.number for f in files if any(looks[p] != best.ran[p] for p in f.positions)}
    if otherwise:
        # First only the files that look otherwise: most often they come back to where they were.
        other = _descend(timeline, files, rows, looks, prices, otherwise)
        if other.cost < best.cost - 1e-9:
            best = _descend(timeline, files, rows, other.ran, prices)
    return _escape(timeline, files, rows, best, prices)


def _escape(
    timeline: Timeline, files: Sequence[File], rows: RowFacts, best: Choice, prices: Prices
) -> Choice:
    """Give each file in doubt another shape, and let the files that share something with it follow;
    keep what comes out cheaper.

    That a table was not dropped is seen only once the file that makes it again did nothing.
    """
    search = Search(timeline, files, rows, dict(best.ran), prices)
    for file in files:
        related = search.related(file)
        concerned = [file, *related]
        before = search.cost_of(concerned)
        for shape in search.others(file, best):
            search.take(file, shape)
            for _ in range(FEW_ROUNDS):
                improved = [search.improve(each) for each in reversed(related)]
                if not any(improved):
                    break
            if search.cost_of(concerned) < before - 1e-9:
                other = _descend(timeline, files, rows, search.ran, prices)
                if other.cost < best.cost - 1e-9:
                    best = other
                    search.start(best.ran)
                    break
            search.start(best.ran)
    return best


def _descend(
    timeline: Timeline,
    files: Sequence[File],
    rows: RowFacts,
    begin: Mapping[Position, bool],
    prices: Prices,
    only: Collection[int] | None = None,
) -> Choice:
    search = Search(timeline, files, rows, dict(begin), prices)
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
    return Search(timeline, files, rows, dict(ran)).total()
