"""Partitions: made as such where their columns come in the parent's order, else attached."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds.column import adjust, clause, extras
from reconcile_pipeline.catalog.write.world import Item


def create(item: Item) -> list[str]:
    """CREATE TABLE … PARTITION OF, or CREATE TABLE and ATTACH PARTITION."""
    from reconcile_pipeline.catalog.write.kinds.table import tail

    parent = item.world.relation(item.text("partition_of"))
    columns = item.world.columns(item.id)
    above = item.world.columns(parent.id) if parent else []
    unlogged = "UNLOGGED " if item.text("persistence") == "unlogged" else ""
    start = f"CREATE {unlogged}TABLE {item.qualified}"
    if [c.raw_name for c in columns] == [c.raw_name for c in above]:
        bound = item.text("partition_bound")
        sql = [f"{start} PARTITION OF {_parent(item)} {bound}{tail(item)}"]
        for column in columns:
            sql += adjust(column)
        return sql
    checks = [
        f"CONSTRAINT {c.name} {c.text('definition')}"
        for c in (item.world.children(parent.id, Kind.CONSTRAINT) if parent else ())
        if c.text("type") == "check" and "NO INHERIT" not in c.text("definition")
    ]
    lines = ",\n    ".join([*map(clause, columns), *checks])
    sql = [f"{start} (\n    {lines}\n){tail(item)}"]
    for column in columns:
        sql += extras(column)
    return [*sql, _attach(item)]


def change(was: Item, now: Item) -> list[str]:
    """Another bound or a parent; a partition that leaves its parent has left before (`leave`)."""
    sql = []
    if was.text("partition_of") and was.text("partition_of") == now.text("partition_of"):
        sql.append(f"ALTER TABLE {_parent(was)} DETACH PARTITION {now.qualified}")
    return [*sql, _attach(now)] if now.text("partition_of") else sql


def leave(was: Item, now: Item) -> list[str]:
    """Become a table of its own, before anything that is done to the parent would reach it."""
    if not was.text("partition_of") or was.text("partition_of") == now.text("partition_of"):
        return []
    return [f"ALTER TABLE {_parent(was)} DETACH PARTITION {now.qualified}"]


def _parent(item: Item) -> str:
    return item.world.quoted(item.text("partition_of"))


def _attach(item: Item) -> str:
    bound = item.text("partition_bound")
    return f"ALTER TABLE {_parent(item)} ATTACH PARTITION {item.qualified} {bound}"
