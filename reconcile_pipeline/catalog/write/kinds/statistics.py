"""Extended statistics objects."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Statistics(Writer):
    """How SQL makes, changes and drops them: extended statistics objects."""

    def target(self, item: Item) -> str:
        return f"STATISTICS {item.qualified}"

    def create(self, item: Item) -> list[str]:
        target = _target(item) if item.text("statistics") else []
        return [item.text("definition"), *target]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(_target(now))) if facets == {"statistics"} else None

    def again(self, item: Item) -> list[str]:
        return _target(item) if item.text("statistics") else []


def _target(item: Item) -> list[str]:
    return [f"ALTER STATISTICS {item.qualified} SET STATISTICS {item.text('statistics') or '-1'}"]
