"""How near an object in production is to one of its states: what was edited shows what it was."""

from __future__ import annotations

import re
from functools import lru_cache

from reconcile_pipeline.attribution.timeline.effects import IGNORED, Facets
from reconcile_pipeline.catalog.model import Scalar

#: What an index, a constraint, a trigger or a policy says, but for whom.
_SAYING = ("definition", "using", "check", "command")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def distance(one: Facets, other: Facets) -> float:
    """How far two shapes of an object are from each other: 1 for each facet that is another one
    altogether, less where texts share words."""
    return sum(
        _apart(one.get(name), other.get(name))
        for name in one.keys() | other.keys()
        if name not in IGNORED and one.get(name) != other.get(name)
    )


def texts_apart(one: Facets, other: Facets) -> float:
    """How far the texts of two functions or views are from each other: 0 for the same, 1 for texts
    that share no word. A function's own text, where it has one: its head has its name anyhow."""
    name = "body" if one.get("body") else "definition"
    return 0.0 if one.get(name) == other.get(name) else _apart(one.get(name), other.get(name))


def says_all_of(one: Facets, other: Facets) -> bool:
    """Whether one's texts have all the words of the other's: an index with a predicate added, a
    policy for other roles. Not where the other has no text."""
    texts = [(name, text) for name in _SAYING if isinstance(text := other.get(name), str) and text]
    return bool(texts) and all(_tokens(text) <= _tokens(str(one.get(n))) for n, text in texts)


def _apart(one: Scalar, other: Scalar) -> float:
    """A part of all words, not their number: a long text that is replaced by a short one is no
    nearer to none at all."""
    if not isinstance(one, str) or not isinstance(other, str):
        return 1.0
    words, others = _tokens(one), _tokens(other)
    return max(len(words ^ others), 1) / max(len(words | others), 1)


@lru_cache(maxsize=1024)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(text))
