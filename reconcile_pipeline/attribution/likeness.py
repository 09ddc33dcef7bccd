"""How near an object in production is to one of its states: what was edited shows what it was."""

from __future__ import annotations

import re
from functools import lru_cache

from reconcile_pipeline.attribution.timeline import IGNORED, Facets
from reconcile_pipeline.catalog.model import Scalar

_TOKEN = re.compile(r"\w+|[^\w\s]")


def distance(one: Facets, other: Facets) -> int:
    """In how many words two shapes of an object differ; a value that is no text is one word."""
    return sum(
        _words(one.get(name), other.get(name))
        for name in one.keys() | other.keys()
        if name not in IGNORED and one.get(name) != other.get(name)
    )


def _words(one: Scalar, other: Scalar) -> int:
    if not isinstance(one, str | None) or not isinstance(other, str | None):
        return 1
    return max(len(_tokens(one or "") ^ _tokens(other or "")), 1)


@lru_cache(maxsize=1024)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(text))
