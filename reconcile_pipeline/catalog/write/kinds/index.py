"""Indexes, but for those behind a constraint."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds import options
from reconcile_pipeline.catalog.write.kinds.constraint import replica_identity
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_IN_PLACE = frozenset({"replica_identity", "options", "tablespace", "statistics"})


class Index(Writer):
    """How SQL makes, changes and drops them: indexes, but for those behind a constraint."""

    def target(self, item: Item) -> str:
        return f"INDEX {item.qualified}"

    def create(self, item: Item) -> list[str]:
        if not item.facets["valid"]:
            raise CannotWriteError("An index that failed to build cannot be made on purpose.")
        # On a partitioned table the server prints ON ONLY, which leaves the partitions out.
        text = item.text("definition")
        if _partitioned(item):
            text = text.replace(" ON ONLY ", " ON ", 1)
        sql = [text, *_statistics(None, item)]
        if item.text("tablespace") and " TABLESPACE " not in text:
            place = ident(item.text("tablespace"))
            sql.append(f"ALTER INDEX {item.qualified} SET TABLESPACE {place}")
        if item.parent and (table := item.world.item(item.parent)):
            sql += replica_identity(table, item.raw_name)
        return sql

    def drop(self, item: Item) -> list[str]:
        return [f"DROP INDEX {item.qualified}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        # Of two definitions that differ in storage parameters alone only those need a change.
        if facets - _IN_PLACE - {"definition"} or _bare(was) != _bare(now):
            return None
        start = f"ALTER INDEX {now.qualified}"
        sql = options.change(start, was, now, "options")
        if "tablespace" in facets:
            sql.append(f"{start} SET TABLESPACE {ident(now.text('tablespace') or 'pg_default')}")
        return Alteration((*sql, *_statistics(was, now)))

    def again(self, item: Item) -> list[str]:
        return _statistics(None, item)


def _partitioned(item: Item) -> bool:
    table = item.parent and item.world.item(item.parent)
    return bool(table and table.text("partition_key"))


def _bare(item: Item) -> str:
    """The definition without WITH (…), as the server prints it."""
    text = item.text("definition")
    given = item.lines("options")
    if not given:
        return text
    start = text.find(" WITH (")
    end = text.find(")", start)
    return text[:start] + text[end + 1 :] if start >= 0 else text


def _statistics(was: Item | None, now: Item) -> list[str]:
    old = dict(x.split("=") for x in was.lines("statistics")) if was else {}
    new = dict(x.split("=") for x in now.lines("statistics"))
    return [
        f"ALTER INDEX {now.qualified} ALTER COLUMN {number} SET STATISTICS {new.get(number, '-1')}"
        for number in sorted(old.keys() | new.keys())
        if old.get(number) != new.get(number)
    ]
