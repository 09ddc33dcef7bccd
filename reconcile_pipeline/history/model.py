"""What a migration history says, as values, and what every history module can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Connection
from psycopg.sql import Composed

from reconcile_pipeline.migrations.model import MigrationFile


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One recorded version. `statements` and `checksum` where the tool keeps them."""

    version: str
    name: str = ""
    statements: tuple[str, ...] | None = None
    checksum: str = ""
    applied: bool = True


@dataclass(frozen=True, slots=True)
class HistoryState:
    """A history as read: `present` is False where the tool's table does not exist.

    `newest_only`: the tool keeps no row a version; whatever leads to the rows' versions is applied.
    `place`: schema and name of the table; None where neither is there nor could be made by us.
    """

    tool: str
    present: bool
    rows: tuple[HistoryRow, ...] = ()
    newest_only: bool = False
    place: tuple[str, str] | None = None

    def versions(self) -> frozenset[str]:
        """The versions recorded as applied."""
        return frozenset(row.version for row in self.rows if row.applied)


class History(Protocol):
    """One history tool. Only `read` touches a database; writing is SQL that `apply/` runs."""

    tool: str

    def read(self, connection: Connection[Any]) -> HistoryState:
        """Read the history; this is a read-only operation."""

    def record(
        self, files: Sequence[MigrationFile], connection: Connection[Any]
    ) -> tuple[Composed, ...]:
        """SQL that records these files as applied, byte-identical to the tool's own `repair`.

        The connection is only read, to detect the table's columns and its key."""

    def unfit(self, path: str, version: str | None) -> str:
        """Why the tool's client would not take a file of this name, relative to the directory, for
        this version, so that it cannot be recorded. Empty where it would."""

    def forget(self, versions: Sequence[str], connection: Connection[Any]) -> tuple[Composed, ...]:
        """SQL that removes these versions from the history."""
