"""Schemas."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer


class Schema(Writer):
    """How SQL makes, changes and drops them: schemas."""

    def target(self, item: Item) -> str:
        return f"SCHEMA {item.name}"

    def create(self, item: Item) -> list[str]:
        quiet = "IF NOT EXISTS " if item.raw_name == "public" else ""  # every database has it
        return [f"CREATE SCHEMA {quiet}{item.name}"]
