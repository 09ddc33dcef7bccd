"""Enum types. A label can be added or renamed in place; all else makes the type anew."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds.retype import retype
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Enum(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"TYPE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        labels = ", ".join(map(literal, item.lines("labels")))
        return [f"CREATE TYPE {item.qualified} AS ENUM ({labels})"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        old, new = was.lines("labels"), now.lines("labels")
        if [label for label in new if label in old] == old:
            return Alteration(tuple(_added(now, old, new)))
        renamed = [(a, b) for a, b in zip(old, new, strict=False) if a != b]
        if len(old) == len(new) and len(renamed) == 1 and renamed[0][1] not in old:
            before, after = map(literal, renamed[0])
            return Alteration((f"ALTER TYPE {now.qualified} RENAME VALUE {before} TO {after}",))
        return retype(was, now, self.create(now))


def _added(item: Item, old: list[str], new: list[str]) -> list[str]:
    sql, there = [], list(old)
    for position, label in enumerate(new):
        if label in there:
            continue
        if position == 0:
            where = f" BEFORE {literal(there[0])}" if there else ""
        else:
            where = f" AFTER {literal(new[position - 1])}"
        sql.append(f"ALTER TYPE {item.qualified} ADD VALUE {literal(label)}{where}")
        there.insert(position, label)
    return sql
