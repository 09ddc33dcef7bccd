"""Event triggers."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds.trigger import ENABLE
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.parts import split_at_schema
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class EventTrigger(Writer):
    """How SQL makes, changes and drops them: event triggers."""

    def target(self, item: Item) -> str:
        return f"EVENT TRIGGER {item.name}"

    def create(self, item: Item) -> list[str]:
        text = f"CREATE EVENT TRIGGER {item.name} ON {item.text('event')}"
        if item.text("tags"):
            text += f"\n    WHEN TAG IN ({', '.join(map(literal, item.lines('tags')))})"
        function = ident(*split_at_schema(item.text("function"), item.world.snapshot))
        enable = _enable(item) if item.text("enabled") != "origin" else []
        return [f"{text}\n    EXECUTE FUNCTION {function}()", *enable]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        return Alteration(tuple(_enable(now))) if facets == {"enabled"} else None


def _enable(item: Item) -> list[str]:
    return [f"ALTER EVENT TRIGGER {item.name} {ENABLE[item.text('enabled')]}"]
