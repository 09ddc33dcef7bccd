"""What the histories of most tools have in common: one table with a row a version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed

from reconcile_pipeline.errors import HistoryError
from reconcile_pipeline.history.model import HistoryRow, HistoryState
from reconcile_pipeline.history.table import Table, text_array
from reconcile_pipeline.migrations.model import MigrationFile


class TableHistory:
    """A history in one table, in its tool's usual schema or in one of the search_path.

    A table is the tool's if it has the columns `has` and none of `lacks`. `columns` are read,
    ordered by `order`. `key` is the column that a version is forgotten by; empty where this
    cannot be done row by row. `own_way`: the tool's own command for what we don't write.
    """

    tool: str
    usual: Table
    has: frozenset[str]
    lacks: frozenset[str] = frozenset()
    columns: tuple[str, ...]
    order: tuple[str, ...]
    key: str = ""
    newest_only: bool = False
    own_way: str = ""

    def table(self, connection: Connection[Any]) -> Table | None:
        """Where the table is; None where there is none."""
        row = connection.execute("SELECT current_schemas(false)").fetchone()
        for schema in dict.fromkeys((self.usual.schema, *(row[0] if row else ()))):
            table = replace(self.usual, schema=str(schema))
            columns = set(table.columns(connection))
            if self.has <= columns and not self.lacks & columns:
                return table
        return None

    def read(self, connection: Connection[Any]) -> HistoryState:
        """The recorded versions, in the tool's order. This is a read-only operation."""
        table = self.table(connection)
        if table is None:
            return HistoryState(self.tool, present=False, newest_only=self.newest_only)
        rows = table.rows(self.columns, self.order, connection)
        return HistoryState(
            self.tool,
            present=True,
            rows=tuple(self.rows(rows)),
            newest_only=self.newest_only,
            place=(table.schema, table.name),
        )

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """History rows of table rows."""
        raise NotImplementedError

    def record(
        self, files: Sequence[MigrationFile], connection: Connection[Any]
    ) -> tuple[Composed, ...]:
        """SQL that records these files as applied. Raises HistoryError where we don't write this
        tool's rows, where its table is missing, and for a file without a version.
        """
        if not files:
            return ()
        table = self._writable(connection)
        for file in files:
            if why := self.unfit(file.path, file.version):
                raise HistoryError(
                    f"{file.path} cannot be recorded: {why}.",
                    hint="Rename the file as the tool wants it.",
                )
        return tuple(self.insert(table, file, number) for number, file in enumerate(files, 1))

    def unfit(self, path: str, version: str | None) -> str:
        """Why the history cannot name this file; empty where it can."""
        return "" if version else f"it has no version, so the history of {self.tool} cannot name it"

    def insert(self, table: Table, file: MigrationFile, number: int) -> Composed:
        """SQL that adds the row of one file, the `number`th of those to be recorded."""
        raise self._cannot()

    def forget(self, versions: Sequence[str], connection: Connection[Any]) -> tuple[Composed, ...]:
        """SQL that removes these versions' rows. Raises HistoryError where that cannot be done."""
        if not versions:
            return ()
        table = self._writable(connection)
        where = SQL("DELETE FROM {} WHERE {}::text = ANY({})")
        return (where.format(table.identifier, table.column(self.key), text_array(versions)),)

    def _writable(self, connection: Connection[Any]) -> Table:
        if not self.key:
            raise self._cannot()
        table = self.table(connection)
        if table is None:
            raise HistoryError(
                f"There is no history table of {self.tool}.", hint="Let the tool make it first."
            )
        return table

    def _cannot(self) -> HistoryError:
        return HistoryError(
            f"The history of {self.tool} cannot be written version by version.",
            hint=f"Use its own command: {self.own_way}.",
        )
