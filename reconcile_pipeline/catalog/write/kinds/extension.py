"""Extensions."""

from __future__ import annotations

import re

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Extension(Writer):
    """How SQL makes, changes and drops them: extensions."""

    def target(self, item: Item) -> str:
        return f"EXTENSION {item.name}"

    def create(self, item: Item) -> list[str]:
        version = literal(item.text("version"))
        schema = ident(item.text("schema"))
        return [f"CREATE EXTENSION {item.name} SCHEMA {schema} VERSION {version}"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if "version" in facets and _number(now) < _number(was):
            # There is no way down but to make it anew; the server refuses where anything uses it.
            return None
        sql = []
        if "schema" in facets:
            sql.append(f"ALTER EXTENSION {now.name} SET SCHEMA {ident(now.text('schema'))}")
        if "version" in facets:
            sql.append(f"ALTER EXTENSION {now.name} UPDATE TO {literal(now.text('version'))}")
        return Alteration(tuple(sql))


def _number(item: Item) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", item.text("version"))]
