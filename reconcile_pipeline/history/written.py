"""The histories that we write, and what to do about the others'."""

from __future__ import annotations

from typing import Final

from reconcile_pipeline.history.detect import by_name
from reconcile_pipeline.history.supabase import TABLE
from reconcile_pipeline.history.table import Table

#: Where a tool keeps its history; the tools whose history we write.
TABLES: Final = {"supabase": TABLE}


def written(tool: str) -> Table | None:
    """The table of a tool whose history we write; None for the others, and where there is none."""
    return TABLES.get(tool)


def own_way(tool: str) -> str:
    """How a tool records a version itself, in a few words."""
    return str(getattr(by_name(tool), "own_way", "")) or f"the client of {tool}"
