"""Supabase's history: `supabase_migrations.schema_migrations`, as CLI 3.1.0 writes it.

The table's columns differ between projects: hosted ones may have `created_by`, `idempotency_key`
and `rollback`, old ones lack `name` or `statements`, a cloned one lacks its primary key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Literal

from reconcile_pipeline.errors import HistoryError
from reconcile_pipeline.history.contents import file_bytes
from reconcile_pipeline.history.model import HistoryRow, HistoryState
from reconcile_pipeline.history.supabase_split import split
from reconcile_pipeline.history.table import Table, text_array
from reconcile_pipeline.migrations.layouts.flat import VERSIONED
from reconcile_pipeline.migrations.model import MigrationFile

TABLE = Table("supabase_migrations", "schema_migrations")
_PLACE = (TABLE.schema, TABLE.name)

# The CLI runs all four before it writes; the same text gives the same table.
_CREATE = (
    SQL("CREATE SCHEMA IF NOT EXISTS supabase_migrations"),
    SQL("CREATE TABLE IF NOT EXISTS {} (version text NOT NULL PRIMARY KEY)"),
)
_ADD_COLUMN = {
    "statements": SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS statements text[]"),
    "name": SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS name text"),
}
_UPSERT = SQL(
    "INSERT INTO {table} (version, name, statements) VALUES ({version}, {name}, {statements}) "
    "ON CONFLICT (version) DO UPDATE SET name = EXCLUDED.name, statements = EXCLUDED.statements"
)
# For a table without a key; the other columns of a row that is there stay as they are.
_UPDATE = SQL(
    "UPDATE {table} SET name = {name}, statements = {statements} WHERE version = {version}"
)
_INSERT_MISSING = SQL(
    "INSERT INTO {table} (version, name, statements) SELECT {version}, {name}, {statements} "
    "WHERE NOT EXISTS (SELECT FROM {table} WHERE version = {version})"
)
_DELETE = SQL("DELETE FROM {table} WHERE version = ANY({versions})")


class Supabase:
    """The history that `supabase migration list`, `repair` and `db push` work with."""

    tool = "supabase"

    def read(self, connection: Connection[Any]) -> HistoryState:
        """The recorded versions, ordered as text. This is a read-only operation."""
        if not TABLE.columns(connection):
            return HistoryState(self.tool, present=False, place=_PLACE)
        rows = TABLE.rows(("version", "name", "statements"), ("version",), connection)
        return HistoryState(self.tool, present=True, rows=tuple(map(_row, rows)), place=_PLACE)

    def record(
        self, files: Sequence[MigrationFile], connection: Connection[Any]
    ) -> tuple[Composed, ...]:
        """SQL that leaves the rows of `supabase migration repair --status applied VERSION …`.

        It makes what the table lacks first. Raises HistoryError for a file that the CLI would skip
        and for versions that two files share. The connection is only read.
        """
        _check(files)
        if not files:
            return ()
        columns = TABLE.columns(connection)
        made = [] if columns else [part.format(TABLE.identifier) for part in _CREATE]
        made += [
            part.format(TABLE.identifier)
            for name, part in _ADD_COLUMN.items()
            if name not in columns
        ]
        with_key = not columns or TABLE.is_unique("version", connection)
        parts = (_UPSERT,) if with_key else (_UPDATE, _INSERT_MISSING)
        for file in files:
            values = {
                "table": TABLE.identifier,
                "version": Literal(file.version),
                "name": Literal(file.name),
                "statements": text_array(split(_text_as_cli_reads_it(file))),
            }
            made += [part.format(**values) for part in parts]
        return tuple(made)

    def unfit(self, path: str, version: str | None) -> str:
        """The CLI looks at `VERSION_name.sql` in the directory itself, and at nothing else."""
        return _unfit(path, version)

    def forget(self, versions: Sequence[str], connection: Connection[Any]) -> tuple[Composed, ...]:
        """SQL that does what `supabase migration repair --status reverted VERSION …` does."""
        if not versions or not TABLE.columns(connection):
            return ()
        return (_DELETE.format(table=TABLE.identifier, versions=text_array(versions)),)


def _row(row: dict[str, Any]) -> HistoryRow:
    statements = row["statements"]
    return HistoryRow(
        version=str(row["version"]),
        name=row["name"] or "",
        statements=None if statements is None else tuple(part or "" for part in statements),
    )


def _unfit(path: str, version: str | None) -> str:
    match = VERSIONED.fullmatch(path)
    if match is None or match[1] != version or "/" in path:
        return "Supabase's CLI would skip a file of this name"
    return ""


def _check(files: Sequence[MigrationFile]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        if why := _unfit(file.path, file.version):
            raise HistoryError(
                f"{file.path} cannot be recorded: {why}.",
                hint="Name it VERSION_name.sql, where VERSION is digits only.",
            )
        version = str(file.version)
        if other := seen.get(version):
            raise HistoryError(
                f"{other} and {file.path} share version {version}: one row cannot name both.",
                hint="Give one of them another version.",
            )
        seen[version] = file.path
        if "\0" in file.text:
            raise HistoryError(
                f"{file.path} holds a NUL character, which PostgreSQL cannot store.",
                hint="Remove it from the file.",
            )


def _text_as_cli_reads_it(file: MigrationFile) -> str:
    """The text, with a replacement character for what is not UTF-8."""
    return file_bytes(file).decode("utf-8", errors="replace").removeprefix("\ufeff")
