"""Columns of tables and foreign tables."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds import identity, options
from reconcile_pipeline.catalog.write.kinds.column_type import change_type
from reconcile_pipeline.catalog.write.kinds.inherited import (
    implied,
    in_partition,
    is_last,
    only,
    parent_columns,
)
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_RECURSIVE = frozenset({"type", "collation", "not_null", "identity_kind", "identity_sequence"})
_OF_ITS_OWN = frozenset({"default", "not_null", "storage", "compression"})
_FIXED = {"fdw_options": "options of a foreign column are read as hashes only"}


class Column(Writer):
    """How SQL makes, changes and drops them: columns of tables and foreign tables."""

    def target(self, item: Item) -> str:
        return f"COLUMN {item.owner_relation}.{item.name}"

    def create(self, item: Item) -> list[str]:
        if implied(None, item):
            return adjust(item)
        return [f"{alter_table(item)} ADD COLUMN {clause(item)}", *extras(item)]

    def drop(self, item: Item) -> list[str]:
        if implied(item, None):
            return []
        return [f"{alter_table(item)} DROP COLUMN {item.name}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        for facet in facets & _FIXED.keys():
            raise CannotWriteError(_FIXED[facet])
        if "inherited" in facets and now.facets["inherited"] and not in_partition(now):
            raise CannotWriteError(
                "A column that is the table's own cannot become an inherited one."
            )
        facets = facets - {f for f in _RECURSIVE if implied(was, now, f)}
        generated = _generated(was, now, facets)
        if generated is None:
            return None
        column = f"ALTER COLUMN {now.name}"
        start = f"{alter_table(now)} {column}"
        alone = f"{alter_table(now, alone=True)} {column}"
        sql: list[str] = []
        if was.text("identity_kind") and not now.text("identity_kind"):
            sql += identity.change(start, was, now)
        retyped = bool(facets & {"type", "collation"})
        default = not (was.text("generated") or now.text("generated"))
        if default and was.text("default") and (retyped or not now.text("default")):
            sql.append(f"{alone} DROP DEFAULT")
        if retyped:
            sql.append(change_type(start, was, now))
        sql += generated
        if default and now.text("default") and (retyped or "default" in facets):
            sql.append(f"{alone} SET DEFAULT {now.text('default')}")
        if facets & {"not_null", "not_null_validated"}:
            sql += _not_null(was, now)
        if now.text("identity_kind") and facets & {"identity_kind", "identity_sequence"}:
            sql += identity.change(start, was, now)
        sql += _stored(was, now, facets, alone, retyped)
        note = ("every value must be castable to the new type",) if retyped else ()
        return Alteration(tuple(sql), disturbs=(now.id,) if retyped else (), notes=note)


def alter_table(item: Item, *, alone: bool = False) -> str:
    """`ALTER TABLE t`. `alone`: leave the table's partitions and children as they are."""
    foreign = "FOREIGN " if item.parent and item.parent.kind is Kind.FOREIGN_TABLE else ""
    return f"ALTER {foreign}TABLE {'ONLY ' if alone and only(item) else ''}{item.owner_relation}"


def clause(item: Item) -> str:
    """The column in CREATE TABLE or ADD COLUMN."""
    if item.text("fdw_options"):
        raise CannotWriteError(_FIXED["fdw_options"])
    pieces = [item.name, item.text("type")]
    if item.text("compression"):
        pieces.append(f"COMPRESSION {item.text('compression')}")
    if item.text("collation"):
        pieces.append(f"COLLATE {item.text('collation')}")
    if item.text("generated"):
        kind = item.text("generated").upper()
        pieces.append(f"GENERATED ALWAYS AS ({item.text('default')}) {kind}")
    elif item.text("identity_sequence"):  # a partition's is its parent's
        pieces.append(identity.generated_as(item))
    elif item.text("default"):
        pieces.append(f"DEFAULT {item.text('default')}")
    if item.facets["not_null"] and item.facets["not_null_validated"]:
        pieces.append("NOT NULL")
    return " ".join(pieces)


def extras(item: Item) -> list[str]:
    """What a column's clause cannot say."""
    start = f"{alter_table(item, alone=True)} ALTER COLUMN {item.name}"
    sql = []
    if item.facets["not_null"] and not item.facets["not_null_validated"]:
        sql.append(_not_valid(item))
    if item.text("storage"):
        sql.append(f"{start} SET STORAGE {item.text('storage').upper()}")
    if item.text("statistics"):
        sql.append(f"{start} SET STATISTICS {item.text('statistics')}")
    if given := options.pairs(item, "options"):
        sql.append(f"{start} SET ({', '.join(given)})")
    return sql


def adjust(item: Item) -> list[str]:
    """Of a column that came from the parent table: what is other here than there."""
    models = parent_columns(item)
    if not models or item.text("generated"):
        return extras(item) if models else []
    model = models[0]
    differing = frozenset(f for f in _OF_ITS_OWN if item.facets[f] != model.facets[f])
    change = Column().alter(model, item, differing) if differing else None
    copied = "SET STORAGE" if model.text("storage") == item.text("storage") else ()
    more = [x for x in extras(item) if not copied or copied not in x]
    return [*(change.sql if change else ()), *more]


def release(item: Item) -> list[str]:
    """Let go of what the default uses, for a while."""
    start = f"{alter_table(item, alone=True)} ALTER COLUMN {item.name}"
    if not item.text("generated"):
        return [f"{start} DROP DEFAULT"]
    if item.world.version < 17 or (item.text("generated") == "virtual" and _is_checked(item)):
        raise CannotWriteError(f"{item.id} is generated from it, and cannot let go of it.")
    nulls = [f"{start} DROP NOT NULL"] if item.facets["not_null"] else []
    return [*nulls, f"{start} SET EXPRESSION AS (NULL::{item.text('type')})"]


def restore(item: Item) -> list[str]:
    """The default again, as it is wanted."""
    start = f"{alter_table(item, alone=True)} ALTER COLUMN {item.name}"
    if not item.text("generated"):
        return [f"{start} SET DEFAULT {item.text('default')}"] if item.text("default") else []
    nulls = [f"{start} SET NOT NULL"] if item.facets["not_null"] else []
    return [f"{start} SET EXPRESSION AS ({item.text('default')})", *nulls]


def _generated(was: Item, now: Item, facets: frozenset[str]) -> list[str] | None:
    """A generated column's expression. None: only a column made anew can have it."""
    old, new = was.text("generated"), now.text("generated")
    start = f"{alter_table(now)} ALTER COLUMN {now.name}"
    if old == new:
        if not old or "default" not in facets or implied(was, now, "default"):
            return []
        if now.world.version >= 17 and not (old == "virtual" and _is_checked(was)):
            return [f"{start} SET EXPRESSION AS ({now.text('default')})"]
    elif old == "stored" and not new:
        default = [f"{start} SET DEFAULT {now.text('default')}"] if now.text("default") else []
        return [f"{start} DROP EXPRESSION", *default]
    elif not new:
        raise CannotWriteError("A virtual column has no values that a plain one could keep.")
    if is_last(was):
        return None
    raise CannotWriteError(
        "The column would have to be made anew, and would then come after the others."
    )


def _is_checked(column: Item) -> bool:
    """PostgreSQL 18 changes no virtual column of a table with CHECK constraints."""
    if column.parent is None:
        return False
    constraints = column.world.children(column.parent, Kind.CONSTRAINT)
    return any(c.text("type") == "check" for c in constraints)


def _not_null(was: Item, now: Item) -> list[str]:
    start = alter_table(now)
    column = f"{start} ALTER COLUMN {now.name}"
    if not now.facets["not_null"]:
        return [f"{column} DROP NOT NULL"]
    if not now.facets["not_null_validated"]:
        drop = [f"{column} DROP NOT NULL"] if was.facets["not_null"] else []
        return [*drop, _not_valid(now)]
    # One that is not valid yet stands in the way.
    anew = was.facets["not_null"] and now.parent and now.parent.kind is Kind.TABLE
    return [*([f"{column} DROP NOT NULL"] if anew else []), f"{column} SET NOT NULL"]


def _not_valid(item: Item) -> str:
    name = ident(f"{item.parts[-2][:20]}_{item.raw_name[:20]}_not_null")
    return f"{alter_table(item)} ADD CONSTRAINT {name} NOT NULL {item.name} NOT VALID"


def _stored(was: Item, now: Item, facets: frozenset[str], start: str, retyped: bool) -> list[str]:
    sql = []
    if "storage" in facets or (retyped and now.text("storage")):
        usual = "DEFAULT" if now.world.version >= 16 else _usual_storage(now)
        sql.append(f"{start} SET STORAGE {now.text('storage').upper() or usual}")
    if "compression" in facets:
        sql.append(f"{start} SET COMPRESSION {now.text('compression') or 'default'}")
    if "statistics" in facets:
        sql.append(f"{start} SET STATISTICS {now.text('statistics') or '-1'}")
    if "options" in facets:
        sql += options.change(start, was, now, "options")
    return sql


def _usual_storage(item: Item) -> str:
    return "MAIN" if item.text("type").startswith(("numeric", "inet", "cidr")) else "EXTENDED"
