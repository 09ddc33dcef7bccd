"""A tool's history table, looked at without ever aborting the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from reconcile_pipeline.errors import HistoryError


def text_array(values: Iterable[str]) -> Composed:
    """A text[] of these values, fit to be composed into SQL."""
    items = SQL(", ").join(map(Literal, values))
    return SQL("ARRAY[{}]::text[]").format(items)


def _sql(name: str) -> bytes:
    return (files(__package__) / "sql" / f"{name}.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class Table:
    """Where a tool keeps its history."""

    schema: str
    name: str

    @property
    def identifier(self) -> Identifier:
        """The name, fit to be composed into SQL."""
        return Identifier(self.schema, self.name)

    def column(self, name: str) -> Identifier:
        """A column's name, qualified by the table's."""
        return Identifier(self.schema, self.name, name)

    def columns(self, connection: Connection[Any]) -> dict[str, str]:
        """Column -> type as PostgreSQL prints it; empty where the table does not exist."""
        rows = connection.execute(_sql("columns"), self._place()).fetchall()
        return {str(name): str(kind) for name, kind in rows}

    def is_unique(self, column: str, connection: Connection[Any]) -> bool:
        """True where `ON CONFLICT (column)` works. A cloned table may have lost its key."""
        row = connection.execute(_sql("is_unique"), {**self._place(), "column": column}).fetchone()
        return bool(row and row[0])

    def rows(
        self, wanted: Sequence[str], order: Sequence[str], connection: Connection[Any]
    ) -> list[dict[str, Any]]:
        """All rows, as column -> value, with the `wanted` columns that the table has (None for the
        others), ordered by `order`: text as bytes, not by a locale. Raises HistoryError where we
        may not read it or it lacks a column to order by.
        """
        columns = self.columns(connection)
        if missing := [name for name in order if name not in columns]:
            raise self.not_understood(f"it has no column {', '.join(missing)}")
        row = connection.execute(_sql("is_readable"), self._place()).fetchone()
        if not row or not row[0]:
            raise HistoryError(
                f"The migration history {self.schema}.{self.name} may not be read.",
                hint="Grant SELECT on it, and USAGE on its schema, to the user that connects.",
            )
        present = [name for name in wanted if name in columns]
        keys = [
            SQL("{} COLLATE {}").format(Identifier(name), Identifier("C"))
            if columns[name].startswith(("text", "character"))
            else Composed([Identifier(name)])
            for name in order
        ]
        query = SQL("SELECT {} FROM {} ORDER BY {}").format(
            SQL(", ").join(map(Identifier, present)), self.identifier, SQL(", ").join(keys)
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            return [
                {name: row.get(name) for name in wanted} for row in cursor.execute(query).fetchall()
            ]

    def not_understood(self, why: str) -> HistoryError:
        """The error for a table of the right name and another shape."""
        return HistoryError(
            f"The migration history {self.schema}.{self.name} is in no known shape: {why}.",
            hint="Choose the history tool yourself, with --history or in reconcile.toml.",
        )

    def _place(self) -> dict[str, str]:
        return {"schema": self.schema, "name": self.name}
