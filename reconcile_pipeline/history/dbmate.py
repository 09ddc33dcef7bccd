"""The history of dbmate and of Rails, `schema_migrations`: versions as text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.sql import SQL, Composed

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile


class Dbmate(TableHistory):
    """Both tools write the same rows."""

    tool = "dbmate"
    usual = Table("public", "schema_migrations")
    has = frozenset({"version"})
    lacks = frozenset({"dirty"})  # golang-migrate's table has the same name
    columns = ("version",)
    order = ("version",)
    key = "version"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a version."""
        return [HistoryRow(str(row["version"])) for row in rows]

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """The version, unless it is there."""
        return SQL("INSERT INTO {} (version) VALUES ({}) ON CONFLICT DO NOTHING").format(
            table.identifier, file.version
        )
