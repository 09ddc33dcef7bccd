"""Columns that come from a parent table: what is done there happens here by itself."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.world import Item, World


def implied(was: Item | None, now: Item | None, facet: str | None = None) -> bool:
    """Whether what the table is made of changes in the same way (in this facet): its parent table's
    column, or the type that it is OF."""
    item = now or was
    if item is None or item.parent is None:
        return False
    if facet in (None, "type", "collation") and _is_typed(was or now) and _is_typed(now or was):
        return True
    if not item.facets.get("inherited"):
        return False
    old = was.world if was else None
    new = now.world if now else None
    if old is None:
        old = new.base if new else None
    elif new is None:
        new = old.goal
    for above in _lasting_parents(item, old, new):
        identity = f"{above}.{item.raw_name}"
        before, after = _column(old, identity), _column(new, identity)
        if facet is None:
            if (before is None) == (was is None) and (after is None) == (now is None):
                return True
        elif before and after and before.facets.get(facet) != after.facets.get(facet):
            return True
    return False


def only(item: Item) -> bool:
    """Whether its table has partitions or children that an ALTER TABLE would reach."""
    if item.parent is None:
        return False
    table = item.world.item(item.parent)
    if table is not None and table.text("partition_key"):
        return True
    return item.parent.identity in item.world.inherited


def in_partition(column: Item) -> bool:
    """Whether its table is a partition."""
    table = column.world.item(column.parent) if column.parent else None
    return bool(table and table.text("partition_of"))


def is_last(column: Item) -> bool:
    """Whether the column is its table's last one."""
    if column.parent is None:
        return False
    return column.world.columns(column.parent)[-1].id == column.id


def parent_columns(item: Item) -> list[Item]:
    """The columns of parent tables that this one comes from."""
    found = (item.world.get(Kind.COLUMN, f"{name}.{item.raw_name}") for name in _parents(item))
    return [column for column in found if column]


def _is_typed(item: Item | None) -> bool:
    """Whether its table is OF a type, which then says what columns there are."""
    table = item.world.item(item.parent) if item and item.parent else None
    return bool(table and table.text("of_type"))


def _parents(item: Item) -> list[str]:
    return _parents_of(item.world.item(item.parent)) if item.parent else []


def _parents_of(table: Item | None) -> list[str]:
    return [*table.lines("partition_of"), *table.lines("inherits")] if table else []


def _lasting_parents(item: Item, old: World | None, new: World | None) -> list[str]:
    """The parent tables that the table has before and after; only what is done there reaches it."""
    known = [
        set(_parents_of(world.item(item.parent)))
        for world in (old, new)
        if world is not None and item.parent is not None and world.item(item.parent) is not None
    ]
    return [name for name in _parents(item) if all(name in some for some in known)]


def _column(world: World | None, identity: str) -> Item | None:
    return world.get(Kind.COLUMN, identity) if world else None
