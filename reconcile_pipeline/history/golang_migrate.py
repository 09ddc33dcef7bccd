"""golang-migrate's history, `schema_migrations`: one row, the version that the database is at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table


class GolangMigrate(TableHistory):
    """All versions up to the one named are applied. `dirty`: the last run failed half-way."""

    tool = "golang-migrate"
    usual = Table("public", "schema_migrations")
    has = frozenset({"version", "dirty"})
    columns = ("version", "dirty")
    order = ("version",)
    newest_only = True
    own_way = "migrate force VERSION"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """The newest version."""
        return [HistoryRow(str(row["version"]), applied=not row["dirty"]) for row in rows]
