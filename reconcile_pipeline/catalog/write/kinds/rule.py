"""Rewrite rules."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds.trigger import ENABLE
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Rule(Writer):
    """How SQL makes, changes and drops them: rewrite rules."""

    def target(self, item: Item) -> str:
        return f"RULE {item.name} ON {item.owner_relation}"

    def create(self, item: Item) -> list[str]:
        enable = _enable(item) if item.text("enabled") != "origin" else []
        return [item.text("definition").removesuffix(";"), *enable]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(_enable(now))) if facets == {"enabled"} else None


def _enable(item: Item) -> list[str]:
    how = ENABLE[item.text("enabled")]
    return [f"ALTER TABLE {item.owner_relation} {how} RULE {item.name}"]
