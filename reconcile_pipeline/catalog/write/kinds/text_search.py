"""Text search configurations, dictionaries, parsers and templates."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.parts import split_at_schema
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class TextSearch(Writer):
    """How SQL makes, changes and drops one of these."""

    def target(self, item: Item) -> str:
        return f"TEXT SEARCH {_type(item).upper()} {item.qualified}"

    def create(self, item: Item) -> list[str]:
        first, *rest = item.lines("definition")
        start = f"CREATE {self.target(item)}"
        name = first.partition(" ")[2]
        quoted = ident(*split_at_schema(name, item.world.snapshot))
        if _type(item) == "configuration":
            maps = []
            for line in rest:
                token, _, dictionaries = line.partition(" ")
                maps.append(
                    f"ALTER {self.target(item)} ADD MAPPING FOR {token} WITH {dictionaries}"
                )
            return [f"{start} (PARSER = {quoted})", *maps]
        if _type(item) == "dictionary":
            options = "".join(f", {line}" for line in rest)
            return [f"{start} (TEMPLATE = {quoted}{options})"]
        given = ", ".join(
            f"{word.upper()} = {function}"
            for word, _, function in (line.partition(" ") for line in (first, *rest))
        )
        return [f"{start} ({given})"]


def _type(item: Item) -> str:
    return item.id.identity.rpartition(":")[2]
