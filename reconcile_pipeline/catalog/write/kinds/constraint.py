"""Constraints, in the plain form. How they are added while a table is in use, `plan/` decides."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds import options
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_NOT_VALID = " NOT VALID"
_TIMING = frozenset({"deferrable", "deferred", "definition"})


class Constraint(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"CONSTRAINT {item.name} ON {item.owner_relation}"

    def create(self, item: Item) -> list[str]:
        start = _alter(item)
        add = f"{start} ADD CONSTRAINT {item.name} {item.text('definition')}"
        return [add, *_index(None, item)]

    def drop(self, item: Item) -> list[str]:
        return [f"{_alter(item)} DROP CONSTRAINT {item.name}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        start = _alter(now)
        if facets <= {"index_comment", "index_options", "tablespace"}:
            return Alteration(tuple(_index(was, now)))
        old, new = (_without_timing(x) for x in (was, now))
        validates = facets <= _TIMING | {"validated"} and now.facets["validated"]
        if now.text("type") == "foreign key" and old == new and (validates or facets <= _TIMING):
            sql = []
            if facets & {"deferrable", "deferred"}:
                sql.append(f"{start} ALTER CONSTRAINT {now.name} {_timing(now)}")
            if "validated" in facets:
                sql.append(f"{start} VALIDATE CONSTRAINT {now.name}")
            return Alteration(tuple(sql))
        if facets <= {"definition", "validated"} and old == new and now.facets["validated"]:
            return Alteration((f"{start} VALIDATE CONSTRAINT {now.name}",))
        return None


def _alter(item: Item) -> str:
    foreign = "FOREIGN " if item.parent and item.parent.kind is Kind.FOREIGN_TABLE else ""
    return f"ALTER {foreign}TABLE {item.owner_relation}"


def _without_timing(item: Item) -> str:
    text = item.text("definition").removesuffix(_NOT_VALID)
    return text.removesuffix(" INITIALLY DEFERRED").removesuffix(" DEFERRABLE")


def _timing(item: Item) -> str:
    if not item.facets["deferrable"]:
        return "NOT DEFERRABLE"
    return f"DEFERRABLE INITIALLY {'DEFERRED' if item.facets['deferred'] else 'IMMEDIATE'}"


def _index(was: Item | None, now: Item) -> list[str]:
    """The index behind a key, as far as the constraint's definition does not say it."""
    index = ident(now.parts[0], now.text("index") or now.raw_name)
    sql = []
    if was is None:
        if given := options.pairs(now, "index_options"):
            sql.append(f"ALTER INDEX {index} SET ({', '.join(given)})")
    else:
        sql += options.change(f"ALTER INDEX {index}", was, now, "index_options")
    if now.text("tablespace") != (was.text("tablespace") if was else ""):
        place = ident(now.text("tablespace") or "pg_default")
        sql.append(f"ALTER INDEX {index} SET TABLESPACE {place}")
    if now.text("index_comment") != (was.text("index_comment") if was else ""):
        comment = now.text("index_comment")
        sql.append(f"COMMENT ON INDEX {index} IS {literal(comment) if comment else 'NULL'}")
    if was is None and now.parent and (table := now.world.item(now.parent)):
        sql += replica_identity(table, now.raw_name)
    return sql


def replica_identity(table: Item, index: str) -> list[str]:
    """Tell a table in use again that it is known by this index, which was made anew."""
    before = table.world.base.item(table.id) if table.world.base else None
    wanted = f"index {index}"
    if before is None or table.text("replica_identity") != wanted:
        return []
    if before.text("replica_identity") != wanted:
        return []  # the table's own change
    return [f"ALTER TABLE {table.qualified} REPLICA IDENTITY USING INDEX {ident(index)}"]
