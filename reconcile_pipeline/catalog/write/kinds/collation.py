"""Collations."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.names import literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Collation(Writer):
    """How SQL makes, changes and drops them: collations."""

    def target(self, item: Item) -> str:
        return f"COLLATION {item.qualified}"

    def create(self, item: Item) -> list[str]:
        given = [f"provider = {item.text('provider')}"]
        for facet in ("lc_collate", "lc_ctype", "locale", "rules"):
            given += [f"{facet} = {literal(item.text(facet))}"] if item.text(facet) else []
        if not item.facets["deterministic"]:
            given.append("deterministic = false")
        return [f"CREATE COLLATION {item.qualified} ({', '.join(given)})"]
