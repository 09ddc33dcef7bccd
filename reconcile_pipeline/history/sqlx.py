"""sqlx's history, `_sqlx_migrations`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.sql import SQL, Composed

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.contents import file_bytes
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile


class Sqlx(TableHistory):
    """Versions are numbers; the checksum is the file's SHA-384, here in hexadecimal."""

    tool = "sqlx"
    usual = Table("public", "_sqlx_migrations")
    has = frozenset({"version", "description", "success", "checksum", "execution_time"})
    columns = ("version", "description", "success", "checksum")
    order = ("version",)
    key = "version"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a version."""
        for row in rows:
            checksum = bytes(row["checksum"]).hex()
            yield HistoryRow(
                str(row["version"]), row["description"], None, checksum, bool(row["success"])
            )

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """A row as of a run that went well."""
        return SQL(
            "INSERT INTO {} (version, description, success, checksum, execution_time) "
            "VALUES ({}, {}, true, decode({}, 'hex'), 0)"
        ).format(
            table.identifier,
            int(file.version or 0),
            file.name.replace("_", " "),
            checksum(file),
        )


def checksum(file: MigrationFile) -> str:
    """SHA-384 of the file, in hexadecimal."""
    return hashlib.sha384(file_bytes(file)).hexdigest()
