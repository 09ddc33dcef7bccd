"""Put a type anew in the place of another of its name, and its columns' values with it."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.tokens import mentions
from reconcile_pipeline.catalog.write.world import Item

_SUFFIX = "__before"
_HOLDERS = (Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE)


def retype(was: Item, now: Item, create: list[str]) -> Alteration:
    """Rename the old type, create the new one, move the columns over by way of text, drop the old.

    A row that holds a value which the new type does not know makes the whole change fail.
    """
    for kind in _HOLDERS:
        for identity in (
            was.world.snapshot.kinds[kind].objects if kind in was.world.snapshot.kinds else ()
        ):
            other = was.world.get(kind, identity)
            if (
                other
                and other.id != was.id
                and _uses(other, was, "base_type", "attributes", "subtype")
            ):
                raise CannotWriteError(
                    f"{other.id} is made of this type, which would have to be made anew."
                )
    old = ident(was.parts[0], was.raw_name[: 63 - len(_SUFFIX)] + _SUFFIX)
    sql = [f"ALTER TYPE {was.qualified} RENAME TO {ident(was.raw_name[:55] + _SUFFIX)}", *create]
    columns = []
    for column in _columns(was):
        goal = now.world.item(column.id)
        if goal is None or not _uses(goal, now, "type"):
            continue  # it leaves the type by a change of its own, before this one
        columns.append(column.id)
        if column.text("generated"):
            raise CannotWriteError(f"{column.id} is generated, and of this type.")
        table = f"ALTER TABLE {column.owner_relation} ALTER COLUMN {column.name}"
        if column.text("default"):
            sql.append(f"{table} DROP DEFAULT")
        wanted = goal.text("type")
        sql.append(f"{table} TYPE {wanted} USING {column.name}::text::{wanted}")
        if goal.text("default"):
            sql.append(f"{table} SET DEFAULT {goal.text('default')}")
    sql.append(f"DROP TYPE {old}")
    note = "fails where a row holds a value that the new type does not know"
    return Alteration(tuple(sql), disturbs=tuple(columns), replaces=(was.id,), notes=(note,))


def _columns(item: Item) -> list[Item]:
    rows = item.world.snapshot.kinds.get(Kind.COLUMN)
    name = item.raw_name.replace('"', '""')
    place = rows.facets.index("type") if rows else 0
    found = []
    for identity, values in rows.objects.items() if rows else ():
        if name in str(values[place]):
            column = item.world.get(Kind.COLUMN, identity)
            if column and _uses(column, item, "type") and not column.facets["inherited"]:
                found.append(column)
    return found


def _uses(item: Item, used: Item, *facets: str) -> bool:
    key = (used.parts[0], used.parts[1])
    return any(key in mentions(item.text(facet)).pairs for facet in facets)
