"""Views."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds import options
from reconcile_pipeline.catalog.write.kinds.described import by_name, describe
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.tokens import leading_name
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class View(Writer):
    """How SQL makes, changes and drops them: views."""

    def target(self, item: Item) -> str:
        return f"VIEW {item.qualified}"

    def create(self, item: Item) -> list[str]:
        return [_create(item, "CREATE"), *_columns(None, item)]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        start = f"ALTER VIEW {now.qualified}"
        sql: list[str] = []
        if facets & {"definition", "columns"}:
            old = was.lines("columns")
            if now.lines("columns")[: len(old)] != old:
                return None
            # Options that are not said again would be lost: security_invoker among them.
            sql.append(_create(now, "CREATE OR REPLACE"))
        elif "options" in facets:
            sql += options.change(start, was, now, "options")
        return Alteration((*sql, *_columns(was, now)))


def column_names(item: Item) -> list[str]:
    """Raw names of its columns."""
    return [leading_name(line)[0] for line in item.lines("columns")]


def column_comments(was: Item | None, now: Item) -> list[str]:
    """COMMENT ON COLUMN for the columns of a view."""
    return describe(
        was, now, "column_comments", column_names(now),
        lambda name: f"COLUMN {now.qualified}.{ident(name)}",
    )  # fmt: skip


def query(item: Item) -> str:
    """The SELECT, without its `;`."""
    return item.text("definition").strip().removesuffix(";")


def _create(item: Item, how: str) -> str:
    given = options.clause(*options.pairs(item, "options"))
    return f"{how} VIEW {item.qualified}{given} AS\n{query(item)}"


def _columns(was: Item | None, now: Item) -> list[str]:
    names = column_names(now)
    old = by_name(was, "column_defaults", names)
    new = by_name(now, "column_defaults", names)
    sql = []
    for name in names:
        if old.get(name) != new.get(name):
            what = f"SET DEFAULT {new[name]}" if name in new else "DROP DEFAULT"
            sql.append(f"ALTER VIEW {now.qualified} ALTER COLUMN {ident(name)} {what}")
    return [*sql, *column_comments(was, now)]
