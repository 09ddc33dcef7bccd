"""The histories that we write, and what to do about the others'.

A tool is on the list once its own client was asked, after we wrote, and had nothing to say against
it. Flyway, sqlx and Prisma keep checksums of the files: a marker in a file's place would not fit
the row that the tool itself wrote.
"""

from __future__ import annotations

from typing import Final

from reconcile_pipeline.history.detect import by_name
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.history.table import Table

TOOLS: Final = frozenset({"supabase", "dbmate"})


def written(history: HistoryState) -> Table | None:
    """The table of a history that we write; None for others, and where its tool must make it."""
    if history.tool not in TOOLS or history.place is None:
        return None
    return Table(*history.place)


def own_way(tool: str) -> str:
    """How a tool records a version itself, in a few words."""
    return str(getattr(by_name(tool), "own_way", "")) or f"the client of {tool}"
