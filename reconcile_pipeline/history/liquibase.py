"""Liquibase's history, `databasechangelog`: a row a changeset, which is less than a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table

_NOT_RUN = ("MARK_RAN", "SKIPPED", "FAILED")


class Liquibase(TableHistory):
    """The version is the changeset's id, the name `filename::author`; checksums begin with `9:`
    since 4.22, with `8:` before.
    """

    tool = "liquibase"
    usual = Table("public", "databasechangelog")
    has = frozenset({"id", "author", "filename", "orderexecuted", "md5sum"})
    columns = ("id", "author", "filename", "exectype", "md5sum")
    order = ("orderexecuted", "id")
    own_way = "liquibase changelog-sync, liquibase changelog-sync-to-tag"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a changeset."""
        for row in rows:
            yield HistoryRow(
                version=row["id"],
                name=f"{row['filename']}::{row['author']}",
                checksum=row["md5sum"] or "",
                applied=row["exectype"] not in _NOT_RUN,
            )
