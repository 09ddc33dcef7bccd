"""Publications, and the tables and schemas in them."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Publication(Writer):
    """How SQL makes, changes and drops them: publications, and the tables and schemas in them."""

    def target(self, item: Item) -> str:
        return f"PUBLICATION {item.name}"

    def create(self, item: Item) -> list[str]:
        every = " FOR ALL TABLES" if item.facets["all_tables"] else ""
        return [f"CREATE PUBLICATION {item.name}{every} WITH ({_options(item)})"]

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        if "all_tables" in facets:
            return None
        return Alteration((f"ALTER PUBLICATION {now.name} SET ({_options(now)})",))


class PublicationTable(Writer):
    """How SQL makes, changes and drops them: publications, and the tables and schemas in them."""

    def create(self, item: Item) -> list[str]:
        return [f"ALTER PUBLICATION {_publication(item)} ADD TABLE {_table(item)}{_part(item)}"]

    def drop(self, item: Item) -> list[str]:
        return [f"ALTER PUBLICATION {_publication(item)} DROP TABLE {_table(item)}"]


class PublicationSchema(Writer):
    """How SQL makes, changes and drops them: publications, and the tables and schemas in them."""

    def create(self, item: Item) -> list[str]:
        schema = ident(item.text("schema"))
        return [f"ALTER PUBLICATION {_publication(item)} ADD TABLES IN SCHEMA {schema}"]

    def drop(self, item: Item) -> list[str]:
        schema = ident(item.text("schema"))
        return [f"ALTER PUBLICATION {_publication(item)} DROP TABLES IN SCHEMA {schema}"]


def _publication(item: Item) -> str:
    assert item.parent is not None
    return ident(item.parent.identity)


def _table(item: Item) -> str:
    return item.world.quoted(item.text("table"))


def _part(item: Item) -> str:
    columns = ", ".join(ident(name) for name in item.lines("columns"))
    text = f" ({columns})" if columns else ""
    filtered = item.text("row_filter")
    return f"{text} WHERE ({filtered})" if filtered else text


def _options(item: Item) -> str:
    operations = ", ".join(item.lines("operations"))
    via_root = "true" if item.facets["via_root"] else "false"
    text = f"publish = '{operations}', publish_via_partition_root = {via_root}"
    if item.world.version >= 18:
        text += f", publish_generated_columns = {item.text('generated_columns') or 'none'}"
    return text
