"""Which shapes of a file are worth a price: whole, never, every cut, and what looks absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconcile_pipeline.attribution.search.file_cost import stretches

ALL_CUTS = 40  # statements up to which every place of a cut is tried


def candidates(
    gains: Sequence[Sequence[float]],
    left: Sequence[bool],
    done: Sequence[bool],
    now: tuple[bool, ...],
) -> Iterator[tuple[bool, ...]]:
    """Shapes of a file, each once, the plainer ones first, and the one that it has `now`.

    `gains`: for each statement that leaves something to check, how much cheaper production is
    explained if it alone did not run; once for each way in which the others may have run. `left`:
    whether production has anything that it makes; `done`: whether all of it is as it leaves it, so
    that a file cut off between its drops is tried there: had all of it run, these tell nothing.
    """
    seen: set[tuple[bool, ...]] = set()
    for each in filter(None, gains):
        quiet = [gain == 0 and not there for gain, there in zip(each, left, strict=True)]
        for shape in _shapes(_bridged(each), quiet, done):
            if shape not in seen:
                seen.add(shape)
                yield shape
    if now not in seen:
        yield now


def _shapes(
    looks: Sequence[bool], quiet: Sequence[bool], done: Sequence[bool]
) -> Iterator[tuple[bool, ...]]:
    n = len(looks)
    tell = list(zip(looks, done, strict=True))
    yield (True,) * n
    yield (False,) * n
    for cut in range(1, n):
        if n <= ALL_CUTS or tell[cut] != tell[cut - 1]:
            yield (True,) * cut + (False,) * (n - cut)
    gaps = stretches(looks)
    wider = [(begin, _end(end, quiet)) for begin, end in gaps]
    for chosen in [*([gap] for gap in (*gaps, *wider)), gaps]:
        missing = {k for begin, end in chosen for k in range(begin, end)}
        yield tuple(k not in missing for k in range(n))


def _end(end: int, quiet: Sequence[bool]) -> int:
    """The end of a gap with what follows, is not there and tells nothing by itself: an index on a
    column that the gap lacks is gone with it, however the gap came about."""
    while end < len(quiet) and quiet[end]:
        end += 1
    return end


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
