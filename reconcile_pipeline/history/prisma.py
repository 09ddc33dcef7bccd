"""Prisma's history, `_prisma_migrations`. The version is the whole name of a migration's folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.sql import SQL, Composed

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile


class Prisma(TableHistory):
    """Rows of a name can be several, of runs that failed and were rolled back; the latest counts.

    The checksum is the file's SHA-256, in hexadecimal.
    """

    tool = "prisma"
    usual = Table("public", "_prisma_migrations")
    has = frozenset({"migration_name", "checksum", "finished_at", "rolled_back_at"})
    columns = ("migration_name", "checksum", "finished_at", "rolled_back_at")
    order = ("started_at", "migration_name")
    key = "migration_name"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """The latest of each name."""
        latest: dict[str, HistoryRow] = {}
        for row in rows:
            version = row["migration_name"]
            latest.pop(version, None)
            latest[version] = HistoryRow(
                version=version,
                name=version.partition("_")[2],
                checksum=row["checksum"],
                applied=row["finished_at"] is not None and row["rolled_back_at"] is None,
            )
        return latest.values()

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """A row as `prisma migrate resolve --applied` writes it."""
        return SQL(
            "INSERT INTO {} (id, checksum, finished_at, migration_name, started_at, "
            "applied_steps_count) VALUES (gen_random_uuid()::text, {}, clock_timestamp(), {}, "
            "clock_timestamp(), 0)"
        ).format(table.identifier, file.sha256, file.version)
