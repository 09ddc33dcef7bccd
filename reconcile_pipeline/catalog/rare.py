"""Kinds that many databases have nothing of: asked for only where there can be any.

To plan a query that then finds nothing takes the server longer than to run it. So the file of such
a kind has a line `-- none without: FROM-clause`: where that finds no row, the query finds none. One
query asks all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from reconcile_pipeline.catalog import template
from reconcile_pipeline.catalog.model import Kind

_PRESENCE = re.compile(r"^-- none without: (.+)$", re.MULTILINE)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[()\[\],]")


@cache
def presence(kind: Kind) -> str | None:
    """A FROM clause that finds a row wherever there is an object of this kind; None: not to ask."""
    match = _PRESENCE.search(template.source(kind))
    return match[1] if match else None


def probe(kinds: Iterable[Kind]) -> str:
    """A query for those of the kinds, all with a `presence`, of which there can be objects."""
    values = ", ".join(f"('{kind.value}', EXISTS (SELECT FROM {presence(kind)}))" for kind in kinds)
    return f"SELECT k.kind FROM (VALUES {values}) k(kind, there) WHERE k.there"  # noqa: S608


@cache
def columns(kind: Kind, major: int) -> tuple[str, ...]:
    """The names of a kind's columns, as the server would call them: each item of its query's list
    ends in its name."""
    names, name, depth = [], "", 0
    for match in _TOKEN.finditer(template.bare(kind, major)):
        token = match[0]
        if token in "([":
            depth += 1
        elif token in ")]":
            depth -= 1
        elif depth == 0 and token in (",", "FROM"):
            names.append(name)
            if token == "FROM":
                break
        else:
            name = token.strip('"')
    return tuple(names)
