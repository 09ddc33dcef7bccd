"""Materialized views. Another query means another view, filled anew."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds import options
from reconcile_pipeline.catalog.write.kinds.described import by_name
from reconcile_pipeline.catalog.write.kinds.view import column_comments, column_names, query
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}


class MaterializedView(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"MATERIALIZED VIEW {item.qualified}"

    def create(self, item: Item) -> list[str]:
        text = f"CREATE MATERIALIZED VIEW {item.qualified}"
        if item.text("access_method") not in ("", "heap"):
            text += f" USING {ident(item.text('access_method'))}"
        text += options.clause(*options.pairs(item, "options"))
        if item.text("tablespace"):
            text += f" TABLESPACE {ident(item.text('tablespace'))}"
        return [f"{text} AS\n{query(item)}", *_columns(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets & {"definition", "columns"}:
            return None
        start = f"ALTER MATERIALIZED VIEW {now.qualified}"
        sql = options.change(start, was, now, "options")
        if "access_method" in facets:
            sql.append(f"{start} SET ACCESS METHOD {ident(now.text('access_method'))}")
        if "tablespace" in facets:
            sql.append(f"{start} SET TABLESPACE {ident(now.text('tablespace') or 'pg_default')}")
        return Alteration((*sql, *_columns(was, now)))


def _columns(was: Item | None, now: Item) -> list[str]:
    names = column_names(now)
    old = by_name(was, "column_options", names)
    new = by_name(now, "column_options", names)
    sql = []
    for name in sorted(old.keys() | new.keys()):
        before = dict(x.split("=", 1) for x in old.get(name, "").split())
        after = dict(x.split("=", 1) for x in new.get(name, "").split())
        start = f"ALTER MATERIALIZED VIEW {now.qualified} ALTER COLUMN {ident(name)}"
        for option in sorted(before.keys() | after.keys()):
            value = after.get(option)
            if before.get(option) == value:
                continue
            if option == "storage":
                sql.append(f"{start} SET STORAGE {_STORAGE[value] if value else 'DEFAULT'}")
            elif option == "statistics":
                sql.append(f"{start} SET STATISTICS {value or '-1'}")
            elif value is None:
                sql.append(f"{start} RESET ({ident(option)})")
            else:
                sql.append(f"{start} SET ({ident(option)}={literal(value)})")
    return [*sql, *column_comments(was, now)]
