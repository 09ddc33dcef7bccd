"""Row-level security policies."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import role
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Policy(Writer):
    """How SQL makes, changes and drops them: row-level security policies."""

    def target(self, item: Item) -> str:
        return f"POLICY {item.name} ON {item.owner_relation}"

    def create(self, item: Item) -> list[str]:
        text = f"CREATE POLICY {item.name} ON {item.owner_relation}"
        if not item.facets["permissive"]:
            text += " AS RESTRICTIVE"
        if item.text("command") != "ALL":
            text += f" FOR {item.text('command')}"
        return [text + _who(item) + _what(item, "using") + _what(item, "check")]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets - {"roles", "using", "check"}:
            return None
        if any(not now.text(facet) for facet in facets):  # an expression cannot be taken away
            return None
        text = f"ALTER POLICY {now.name} ON {now.owner_relation}"
        text += _who(now) if "roles" in facets else ""
        for facet in ("using", "check"):
            text += _what(now, facet) if facet in facets else ""
        return Alteration((text,))


def _who(item: Item) -> str:
    return f" TO {', '.join(map(role, item.lines('roles')))}"


def _what(item: Item, facet: str) -> str:
    words = "USING" if facet == "using" else "WITH CHECK"
    return f"\n    {words} ({item.text(facet)})" if item.text(facet) else ""
