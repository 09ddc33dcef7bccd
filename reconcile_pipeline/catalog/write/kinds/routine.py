"""Functions and procedures: the server's own CREATE OR REPLACE, which keeps owner and grants."""

from __future__ import annotations

import re

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.model import Alteration, CannotWriteError
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.parts import signature
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_DEFAULT = re.compile(r" DEFAULT ")


class Routine(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"{word(item)} {item.qualified}{signature(item.id, item.parts)}"

    def create(self, item: Item) -> list[str]:
        return [item.text("definition")]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if facets & {"returns", "window"} or not _keeps_arguments(was, now):
            return None
        if facets <= {"support"}:
            raise CannotWriteError("A planner support function is a superuser's business.")
        return Alteration((now.text("definition"),))


def word(item: Item) -> str:
    """What GRANT, DROP and COMMENT call it."""
    return {Kind.PROCEDURE: "PROCEDURE", Kind.AGGREGATE: "AGGREGATE"}.get(item.id.kind, "FUNCTION")


def full_name(item: Item) -> str:
    """Schema, name and argument types."""
    return f"{ident(*item.parts)}{signature(item.id, item.parts)}"


def _keeps_arguments(was: Item, now: Item) -> bool:
    """Whether names stay and no default goes: CREATE OR REPLACE can change neither."""
    old, new = was.text("arguments"), now.text("arguments")
    if old == new:
        return True
    names = [re.sub(r" DEFAULT .*?(?=, |\Z)", "", text) for text in (old, new)]
    return names[0] == names[1] and len(_DEFAULT.findall(new)) >= len(_DEFAULT.findall(old))
