"""Drizzle's history, `drizzle.__drizzle_migrations`: hashes and times, no names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table


class Drizzle(TableHistory):
    """The version is the time of the journal's entry, in milliseconds; the checksum, the file's
    SHA-256, is what tells the file.
    """

    tool = "drizzle"
    usual = Table("drizzle", "__drizzle_migrations")
    has = frozenset({"id", "hash", "created_at"})
    columns = ("hash", "created_at")
    order = ("created_at", "id")
    own_way = "drizzle-kit migrate"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a file that ran."""
        return [HistoryRow(str(row["created_at"]), checksum=row["hash"]) for row in rows]
