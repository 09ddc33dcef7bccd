"""A table's rows as data, and the SQL that turns one state of it into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from reconcile_pipeline.history.table import Table

Image = tuple[str, ...]


def image(connection: Connection[Any], table: Table, without: Sequence[str] = ()) -> Image | None:
    """Every row as JSON text, ordered; None where the table is not there.

    `without`: columns to leave out.
    """
    if not table.columns(connection):
        return None
    rows = connection.execute(
        SQL("SELECT (pg_catalog.to_jsonb(t) - %s::text[])::text FROM {} t").format(
            table.identifier
        ),
        (list(without),),
    )
    return tuple(sorted(row[0] for row in rows))


def way_back(
    table: Table, before: Image | None, after: Image | None, added: Sequence[str] = ()
) -> tuple[Composed, ...]:
    """SQL that leads from `after` to `before`, row by row, whatever keys the table has.

    `added`: columns that the table did not have before, which go first; `after` is without them.
    """
    if before is None:
        return () if after is None else (SQL("DROP TABLE {}").format(table.identifier),)
    drops = [
        SQL("ALTER TABLE {} DROP COLUMN {}").format(table.identifier, Identifier(column))
        for column in added
    ]
    old, new = Counter(before), Counter(after or ())
    made = [_delete(table, row) for row in sorted((new - old).elements())]
    return tuple(drops + made + [_insert(table, row) for row in sorted((old - new).elements())])


def _delete(table: Table, row: str) -> Composed:
    return SQL(
        "DELETE FROM {0} WHERE ctid = (SELECT t.ctid FROM {0} t"
        " WHERE pg_catalog.to_jsonb(t) = {1}::jsonb LIMIT 1)"
    ).format(table.identifier, Literal(row))


def _insert(table: Table, row: str) -> Composed:
    return SQL(
        "INSERT INTO {0} OVERRIDING SYSTEM VALUE"
        " SELECT (pg_catalog.jsonb_populate_record(NULL::{0}, {1}::jsonb)).*"
    ).format(table.identifier, Literal(row))
