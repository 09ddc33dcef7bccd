"""Constraints. On a table in use they are added NOT VALID and then validated: where each of the two
is committed by itself, rows are looked at under a lock that lets others read and write."""

from __future__ import annotations

import re

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds import options
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_NOT_VALID = " NOT VALID"
_LIST = r"""\((?:"(?:[^"]|"")*"|[^")])*\)"""
_KEY = re.compile(
    rf"(?P<kind>PRIMARY KEY|UNIQUE)(?P<nulls> NULLS NOT DISTINCT)? (?P<columns>{_LIST})"
    rf"(?P<include> INCLUDE {_LIST})?(?P<rest>[^()]*)\Z"
)
_TIMING = frozenset({"deferrable", "deferred", "definition"})


class Constraint(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"CONSTRAINT {item.name} ON {item.owner_relation}"

    def create(self, item: Item) -> list[str]:
        start = _alter(item)
        add = f"{start} ADD CONSTRAINT {item.name} {item.text('definition')}"
        if item.text("type") in ("check", "foreign key"):
            if item.on_new_relation or not item.facets["validated"] or _is_partitioned(item):
                return [add]
            return [f"{add}{_NOT_VALID}", f"{start} VALIDATE CONSTRAINT {item.name}"]
        return [*(_by_index(item) or [add]), *_index(None, item)]

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


def _by_index(item: Item) -> list[str]:
    """A key by way of an index that is built while others write; empty where that cannot be."""
    found = _KEY.match(item.text("definition"))
    if not item.world.options.concurrently or item.on_new_relation or _is_partitioned(item):
        return []
    if found is None or "WITHOUT OVERLAPS" in found["columns"]:
        return []
    table = item.owner_relation
    index = f"CREATE UNIQUE INDEX CONCURRENTLY {item.name} ON {table} {found['columns']}"
    index += (found["include"] or "") + (found["nulls"] or "")
    key = f"{found['kind']} USING INDEX {item.name}{found['rest']}"
    return [index, f"{_alter(item)} ADD CONSTRAINT {item.name} {key}"]


def _without_timing(item: Item) -> str:
    text = item.text("definition").removesuffix(_NOT_VALID)
    return text.removesuffix(" INITIALLY DEFERRED").removesuffix(" DEFERRABLE")


def _timing(item: Item) -> str:
    if not item.facets["deferrable"]:
        return "NOT DEFERRABLE"
    return f"DEFERRABLE INITIALLY {'DEFERRED' if item.facets['deferred'] else 'IMMEDIATE'}"


def _is_partitioned(item: Item) -> bool:
    table = item.parent and item.world.item(item.parent)
    return bool(table and table.text("partition_key"))


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
