"""Which rows a statement touched on the shadow, by PostgreSQL's own counters."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.shadow.model import RowChange

ROW_LIMIT = 200
#: A larger row is no evidence that anybody would look up; its size as stored, and as text.
ROW_BYTES = 100_000
ROW_CHARACTERS = 1_000_000

Counts = dict[int, tuple[str, str, int, int, int, int]]

#: What pg_stat_xact_all_tables shows, in half the time, and each table's file.
_COUNTERS = """
SELECT c.oid::int8, n.nspname, c.relname, pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid),
       pg_catalog.pg_relation_filenode(c.oid)::int8
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'reconcile_shadow')
   AND n.nspname !~ '^pg_'
"""


def counters(connection: Connection[Any]) -> Counts:
    """Rows inserted, updated and deleted in this transaction so far, and each table's file."""
    return {row[0]: (*row[1:6], row[6] or 0) for row in connection.execute(_COUNTERS)}


def changes(
    connection: Connection[Any], before: Counts, after: Counts, first_transaction: int
) -> tuple[tuple[RowChange, ...], int]:
    """What moved between two readings, and the last transaction that wrote any of it; TRUNCATE
    shows as a new file of an older table.

    `first_transaction`: rows of earlier ones are not the statement's.
    """
    found = []
    last = first_transaction - 1
    for oid, (schema, table, ins, upd, dele, file) in after.items():
        old = before.get(oid, (schema, table, 0, 0, 0, file))
        moved = (ins - old[2], upd - old[3], dele - old[4])
        truncated = oid in before and file != old[5] and not any(moved)
        if not any(moved) and not truncated:
            continue
        rows: tuple[str, ...] = ()
        if any(moved[:2]):
            rows, newest = _written(connection, schema, table, first_transaction)
            last = max(last, newest)
        found.append(RowChange(schema, table, *moved, rows=rows, truncated=truncated))
    return tuple(found), last


def _written(
    connection: Connection[Any], schema: str, table: str, first: int
) -> tuple[tuple[str, ...], int]:
    """The rows of a table written since transaction `first`, each as a JSON object, and the last
    transaction that wrote one."""
    query = SQL(
        "SELECT to_jsonb(t)::text, t.xmin::text::int8 FROM {}.{} t WHERE t.xmin::text::int8 >= {}"
        " AND pg_catalog.pg_column_size(t.*) < {} LIMIT {}"
    ).format(
        Identifier(schema), Identifier(table), Literal(first), Literal(ROW_BYTES),
        Literal(ROW_LIMIT),
    )  # fmt: skip
    try:
        with connection.transaction():  # a type's cast to JSON is code of the file's
            found = connection.execute(query).fetchall()
    except psycopg.DatabaseError:
        if connection.closed:
            raise
        return (), 0
    rows = tuple(row for row, _ in found if len(row) < ROW_CHARACTERS)
    return rows, max((writer for _, writer in found), default=0)
