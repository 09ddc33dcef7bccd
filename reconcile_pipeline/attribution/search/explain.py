"""Choose which statements ran, so that the least has to be assumed.

Coordinate descent over files: each file in turn takes the shape (whole, never, cut off, with a
gap) that explains its objects best while the others stay as they are, until nothing improves.
Judging files whole keeps one odd statement from making its whole neighbourhood odd.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from reconcile_pipeline.attribution.search.looks import looks_of
from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.search.shapes import Choice, Search
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
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
    best = _escape(timeline, files, rows, best, prices)
    return _finer(timeline, files, rows, best, prices)


def _finer(
    timeline: Timeline, files: Sequence[File], rows: RowFacts, best: Choice, prices: Prices
) -> Choice:
    """The same, but statements that left nothing in this replay may have run by themselves, where
    what they would have made or dropped is not explained.

    Of two files that both add a column IF NOT EXISTS, the later one has nothing to show for it
    where the earlier one ran; which of its statements ran matters once the earlier one did not.
    """
    search = Search(timeline, files, rows, dict(best.ran), prices)
    finer = search.in_question()
    if not finer:
        return best
    ids = {id for position in finer for id in timeline.in_vain[position]}
    concerned = [file for file in files if not ids.isdisjoint(search.touched(file))]
    anew, only = Prices(timeline), {file.number for file in concerned}
    found = _descend(timeline, files, rows, best.ran, anew, only, finer)
    found = _escape(timeline, files, rows, found, anew, only, finer)
    # The other shapes are those of the statements that left something.
    return Choice(found.ran, found.cost, best.runner_up) if found.ran != best.ran else best


def _escape(
    timeline: Timeline,
    files: Sequence[File],
    rows: RowFacts,
    best: Choice,
    prices: Prices,
    only: Collection[int] | None = None,
    finer: Set[Position] = frozenset(),
) -> Choice:
    """Give each file in doubt another shape, and let the files that share something with it follow;
    keep what comes out cheaper. `only`: files to begin with; all where it is None.

    That a table was not dropped is seen only once the file that makes it again did nothing.
    """
    search = Search(timeline, files, rows, dict(best.ran), prices, finer)
    for file in files:
        if only is not None and file.number not in only:
            continue
        if not (shapes := list(search.others(file, best))):
            continue  # most files: what they and their neighbours cost is not asked
        related = search.related(file)
        concerned = [file, *related, *(o for o in search.beside(file) if o not in related)]
        before = search.cost_of(concerned)
        for shape in shapes:
            search.take(file, shape)
            for _ in range(FEW_ROUNDS):
                improved = [search.follow(each) for each in reversed(related)]
                if not any(improved):
                    break
            if search.cost_of(concerned) < before - 1e-9:
                # One file at a time does not see that it keeps those beside it waiting, too.
                found = Choice(dict(search.ran), search.total(), best.runner_up)
                other = _descend(timeline, files, rows, search.ran, prices, finer=finer)
                other = other if other.cost < found.cost + 1e-9 else found
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
    finer: Set[Position] = frozenset(),
) -> Choice:
    search = Search(timeline, files, rows, dict(begin), prices, finer)
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
