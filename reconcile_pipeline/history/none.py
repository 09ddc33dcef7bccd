"""No history at all: a target whose versions nobody records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import Composed

from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.model import MigrationFile


class NoHistory:
    """Reads nothing, records nothing."""

    tool = "none"

    def read(self, connection: Connection[Any]) -> HistoryState:
        """An absent history. This is a read-only operation."""
        return HistoryState(self.tool, present=False)

    def record(
        self, files: Sequence[MigrationFile], connection: Connection[Any]
    ) -> tuple[Composed, ...]:
        """Nothing to run."""
        return ()

    def unfit(self, path: str, version: str | None) -> str:
        """Any file will do, since none is recorded."""
        return ""

    def forget(self, versions: Sequence[str], connection: Connection[Any]) -> tuple[Composed, ...]:
        """Nothing to run."""
        return ()
