"""Tables. Columns are written into CREATE TABLE; all else that belongs to it comes after."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds import options, partition
from reconcile_pipeline.catalog.write.kinds.column import clause, extras
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Table(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"TABLE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        if item.text("partition_of"):
            sql = partition.create(item)
        else:
            sql = [_create(item, [c for c in _columns(item) if not c.facets["inherited"]])]
            for column in _columns(item):
                sql += extras(column)
        if item.text("of_type"):
            sql.append(f"ALTER TABLE {item.qualified} OF {item.text('of_type')}")
        return [*sql, *_security(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets & {"partition_key"}:
            raise CannotWriteError("How a table is partitioned cannot be changed in place.")
        start = f"ALTER TABLE {now.qualified}"
        sql: list[str] = []
        if facets & {"partition_of", "partition_bound"}:
            sql += partition.change(was, now)
        if "inherits" in facets:
            old, new = was.lines("inherits"), now.lines("inherits")
            sql += [f"{start} NO INHERIT {was.world.quoted(x)}" for x in old if x not in new]
            sql += [f"{start} INHERIT {now.world.quoted(x)}" for x in new if x not in old]
        if "of_type" in facets:
            kind = now.text("of_type")
            sql.append(f"{start} OF {kind}" if kind else f"{start} NOT OF")
        if "persistence" in facets:
            logged = "UNLOGGED" if now.text("persistence") == "unlogged" else "LOGGED"
            sql.append(f"{start} SET {logged}")
        if "access_method" in facets:
            sql.append(f"{start} SET ACCESS METHOD {ident(now.text('access_method'))}")
        if "tablespace" in facets:
            sql.append(f"{start} SET TABLESPACE {ident(now.text('tablespace') or 'pg_default')}")
        sql += options.change(start, was, now, "options")
        sql += options.change(start, was, now, "toast_options", "toast.")
        return Alteration((*sql, *_security(was, now)))

    def finish(self, was: Item | None, now: Item, facets: frozenset[str]) -> list[str]:
        wanted = now.text("replica_identity")
        if "replica_identity" not in facets or (was is None and wanted == "default"):
            return []
        kind, _, index = wanted.partition(" ")
        if kind == "index" and not index:  # as DROP INDEX leaves it
            return []
        text = f"USING INDEX {ident(index)}" if kind == "index" else kind.upper()
        return [f"ALTER TABLE {now.qualified} REPLICA IDENTITY {text}"]


def _columns(item: Item) -> list[Item]:
    return item.world.columns(item.id)


def _create(item: Item, columns: list[Item]) -> str:
    lines = ",\n    ".join(clause(column) for column in columns)
    unlogged = "UNLOGGED " if item.text("persistence") == "unlogged" else ""
    text = f"CREATE {unlogged}TABLE {item.qualified} (" + (f"\n    {lines}\n)" if lines else ")")
    if item.text("inherits"):
        above = ", ".join(item.world.quoted(name) for name in item.lines("inherits"))
        text += f" INHERITS ({above})"
    return text + tail(item)


def tail(item: Item) -> str:
    """What follows the columns in CREATE TABLE."""
    text = ""
    if item.text("partition_key"):
        text += f" PARTITION BY {item.text('partition_key')}"
    if item.text("access_method") not in ("", "heap"):
        text += f" USING {ident(item.text('access_method'))}"
    text += options.clause(
        *options.pairs(item, "options"), *options.pairs(item, "toast_options", "toast.")
    )
    if item.text("tablespace"):
        text += f" TABLESPACE {ident(item.text('tablespace'))}"
    return text


def _security(was: Item | None, now: Item) -> list[str]:
    sql = []
    for facet, on, off in (
        ("rls", "ENABLE", "DISABLE"),
        ("rls_forced", "FORCE", "NO FORCE"),
    ):
        if bool(was and was.facets[facet]) != bool(now.facets[facet]):
            word = on if now.facets[facet] else off
            sql.append(f"ALTER TABLE {now.qualified} {word} ROW LEVEL SECURITY")
    return sql
