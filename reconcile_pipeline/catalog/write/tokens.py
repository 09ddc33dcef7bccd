"""Which names a piece of SQL mentions.

The reader has the server write every name in full (but for the system's own), so what depends on
what can be read off the definitions. A name that only looks the same is taken for a mention too:
that costs a rebuild which changes nothing, never a missed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_STRING = r"'(?:[^']|'')*'"
_NAME = r'"(?:[^"]|"")+"|[^\W\d][\w$]*'
PIECE = re.compile(rf"{_STRING}|(?:{_NAME})(?:\.(?:{_NAME}))*")
_PART = re.compile(_NAME)


class Mentions(NamedTuple):
    """`pairs`: two names joined by a dot; `words`: every name by itself."""

    pairs: frozenset[tuple[str, str]]
    words: frozenset[str]


NOTHING = Mentions(frozenset(), frozenset())


@lru_cache(maxsize=65536)
def mentions(text: str) -> Mentions:
    """Names in SQL text, string literals included ('app.number'::regclass)."""
    pairs: set[tuple[str, str]] = set()
    words: set[str] = set()
    for match in PIECE.finditer(text):
        piece = match[0]
        if piece[0] == "'":
            inner = mentions(piece[1:-1].replace("''", "'"))
            pairs |= inner.pairs
            words |= inner.words
            continue
        parts = names(piece)
        words.update(parts)
        pairs.update(pairwise(parts))
    return Mentions(frozenset(pairs), frozenset(words))


def names(dotted: str) -> list[str]:
    """The raw names of `app."My table"`; unquoted ones folded to lower case."""
    return [
        part[1:-1].replace('""', '"') if part[0] == '"' else part.lower()
        for part in _PART.findall(dotted)
    ]


def leading_name(text: str) -> tuple[str, int]:
    """The quoted or plain name that the text begins with, raw, and where it ends."""
    match = _PART.match(text)
    return (names(match[0])[0], match.end()) if match else ("", 0)


def merge(found: Iterable[Mentions]) -> Mentions:
    """All of them together."""
    pairs: set[tuple[str, str]] = set()
    words: set[str] = set()
    for one in found:
        pairs |= one.pairs
        words |= one.words
    return Mentions(frozenset(pairs), frozenset(words))
