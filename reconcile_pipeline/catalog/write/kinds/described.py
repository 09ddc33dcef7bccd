"""Facets of lines `name text`: comments on the parts of an object."""

from __future__ import annotations

from collections.abc import Callable, Collection

from reconcile_pipeline.catalog.write.names import literal
from reconcile_pipeline.catalog.write.tokens import leading_name
from reconcile_pipeline.catalog.write.world import Item


def by_name(item: Item | None, facet: str, known: Collection[str]) -> dict[str, str]:
    """Name -> text. A text may go on over several lines: those that begin with no known name."""
    found: dict[str, str] = {}
    last = ""
    for line in item.text(facet).split("\n") if item and item.text(facet) else ():
        name, end = leading_name(line)
        if name in known and name not in found and line[end : end + 1] == " ":
            found[name] = line[end + 1 :]
            last = name
        elif last:
            found[last] += "\n" + line
    return found


def describe(
    was: Item | None,
    now: Item,
    facet: str,
    known: Collection[str],
    target: Callable[[str], str],
) -> list[str]:
    """COMMENT ON every part whose comment is another."""
    old, new = by_name(was, facet, known), by_name(now, facet, known)
    return [
        f"COMMENT ON {target(name)} IS {literal(new[name]) if name in new else 'NULL'}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
