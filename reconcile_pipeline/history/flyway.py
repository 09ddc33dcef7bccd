"""Flyway's history, `flyway_schema_history`.

Rows of a version can be several: a failed run, an undo, a repair's DELETE; the latest counts.
Repeatable migrations have no version and are not told of.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from psycopg.sql import SQL, Composed

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile

_LINE_END = re.compile(r"\r\n|\r|\n")
_TAKEN_BACK = ("UNDO", "DELETE")


class Flyway(TableHistory):
    """Versions with dots, `1.2`; the checksum is a signed 32-bit number, as text."""

    tool = "flyway"
    usual = Table("public", "flyway_schema_history")
    has = frozenset({"installed_rank", "version", "script", "checksum", "success"})
    columns = ("installed_rank", "version", "description", "type", "checksum", "success")
    order = ("installed_rank",)
    key = "version"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """The latest row of each version; undone and deleted ones are gone."""
        latest: dict[str, HistoryRow] = {}
        for row in rows:
            if (version := row["version"]) is None:
                continue
            latest.pop(version, None)
            if not str(row["type"]).startswith(_TAKEN_BACK):
                checksum = "" if row["checksum"] is None else str(row["checksum"])
                latest[version] = HistoryRow(
                    version, row["description"], None, checksum, bool(row["success"])
                )
        return latest.values()

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """A row as of a successful run."""
        return SQL(
            "INSERT INTO {table} (installed_rank, version, description, type, script, checksum, "
            "installed_by, execution_time, success) "
            "SELECT coalesce(max(installed_rank), 0) + 1, {version}, {name}, 'SQL', {script}, "
            "{checksum}, current_user, 0, true FROM {table}"
        ).format(
            table=table.identifier,
            version=file.version,
            name=file.name,
            script=PurePosixPath(file.path).name,
            checksum=checksum(file.text),
        )


def checksum(text: str) -> int:
    """CRC-32 over the lines in UTF-8 without their ends, as a signed number."""
    crc = 0
    for line in _LINE_END.split(text.removeprefix("\ufeff")):
        crc = zlib.crc32(line.encode(), crc)
    return crc - 2**32 if crc >= 2**31 else crc
