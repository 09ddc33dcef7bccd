"""Triggers."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

ENABLE = {
    "origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}  # fmt: skip


class Trigger(Writer):
    """How SQL makes, changes and drops them: triggers."""

    def target(self, item: Item) -> str:
        return f"TRIGGER {item.name} ON {item.owner_relation}"

    def create(self, item: Item) -> list[str]:
        enable = _enable(item) if item.text("enabled") != "origin" else []
        return [item.text("definition"), *enable]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(_enable(now))) if facets == {"enabled"} else None


def _enable(item: Item) -> list[str]:
    foreign = "FOREIGN " if item.parent and item.parent.kind is Kind.FOREIGN_TABLE else ""
    how = ENABLE[item.text("enabled")]
    return [f"ALTER {foreign}TABLE {item.owner_relation} {how} TRIGGER {item.name}"]
