"""Alembic's history, `alembic_version`: the heads of its graph of revisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table


class Alembic(TableHistory):
    """Whatever leads to a head is applied; which that is, only Alembic's own files say."""

    tool = "alembic"
    usual = Table("public", "alembic_version")
    has = frozenset({"version_num"})
    columns = ("version_num",)
    order = ("version_num",)
    newest_only = True
    own_way = "alembic stamp REVISION"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a head."""
        return [HistoryRow(row["version_num"]) for row in rows]
