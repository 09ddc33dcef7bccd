"""Which shapes of a file are worth a price: whole, never, every cut, and what looks absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconcile_pipeline.attribution.cost import bridged, stretches

ALL_CUTS = 40  # statements up to which every place of a cut is tried


def candidates(gains: Sequence[float], now: tuple[bool, ...]) -> Iterator[tuple[bool, ...]]:
    """Shapes of a file, each once, the plainer ones first, and the one that it has `now`.

    `gains`: for each statement that leaves something to check, how much cheaper production is
    explained if it alone did not run.
    """
    seen: set[tuple[bool, ...]] = set()
    for shape in (*_shapes(bridged(gains)), now):
        if shape not in seen:
            seen.add(shape)
            yield shape


def _shapes(looks: Sequence[bool]) -> Iterator[tuple[bool, ...]]:
    n = len(looks)
    yield (True,) * n
    yield (False,) * n
    for cut in range(1, n):
        if n <= ALL_CUTS or looks[cut] != looks[cut - 1]:
            yield (True,) * cut + (False,) * (n - cut)
    gaps = stretches(looks)
    for chosen in [*([gap] for gap in gaps), gaps]:
        missing = {k for begin, end in chosen for k in range(begin, end)}
        yield tuple(k not in missing for k in range(n))
