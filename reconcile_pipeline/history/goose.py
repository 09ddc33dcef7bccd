"""goose's history, `goose_db_version`: a row for each time a version was applied or taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.sql import SQL, Composed

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile


class Goose(TableHistory):
    """Versions are numbers; the latest row of each counts. Version 0 is the tool's own."""

    tool = "goose"
    usual = Table("public", "goose_db_version")
    has = frozenset({"id", "version_id", "is_applied"})
    columns = ("version_id", "is_applied")
    order = ("id",)
    key = "version_id"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """The latest of each version, in numeric order."""
        latest = {int(row["version_id"]): bool(row["is_applied"]) for row in rows}
        for version in sorted(latest):
            if version:
                yield HistoryRow(str(version), applied=latest[version])

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """A row as of a run that went well."""
        return SQL("INSERT INTO {} (version_id, is_applied) VALUES ({}, true)").format(
            table.identifier, int(file.version or 0)
        )
