"""Composite types."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds.described import describe
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.tokens import leading_name
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class CompositeType(Writer):
    """How SQL makes, changes and drops them: composite types."""

    def target(self, item: Item) -> str:
        return f"TYPE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        attributes = ",\n    ".join(item.lines("attributes"))
        inside = f"\n    {attributes}\n" if attributes else ""
        return [f"CREATE TYPE {item.qualified} AS ({inside})", *_comments(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        old, new = _attributes(was), _attributes(now)
        kept = [name for name in old if name in new]
        added = [name for name in new if name not in old]
        if list(new) != kept + added:
            return None
        start = f"ALTER TYPE {now.qualified}"
        along = " CASCADE" if _has_typed_tables(was) else ""
        sql = [f"{start} DROP ATTRIBUTE {ident(name)}{along}" for name in old if name not in new]
        sql += [
            f"{start} ALTER ATTRIBUTE {ident(name)} TYPE {new[name]}{along}"
            for name in kept
            if old[name] != new[name]
        ]
        sql += [f"{start} ADD ATTRIBUTE {ident(name)} {new[name]}{along}" for name in added]
        return Alteration((*sql, *_comments(was, now)))


def _has_typed_tables(item: Item) -> bool:
    """Whether a table is OF this type, whose columns then follow."""
    rows = item.world.snapshot.kinds.get(Kind.TABLE)
    place = rows.facets.index("of_type") if rows else 0
    return any(v[place] == item.qualified for v in (rows.objects.values() if rows else ()))


def _attributes(item: Item) -> dict[str, str]:
    found = {}
    for line in item.lines("attributes"):
        name, end = leading_name(line)
        found[name] = line[end + 1 :]
    return found


def _comments(was: Item | None, now: Item) -> list[str]:
    return describe(
        was, now, "attribute_comments", list(_attributes(now)),
        lambda name: f"COLUMN {now.qualified}.{ident(name)}",
    )  # fmt: skip
