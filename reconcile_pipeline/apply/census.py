"""Every table's rows, counted and hashed, to be compared before and after.

What our own transactions did is known from their counters (`counters.py`); this is the look from
outside, which also sees what others did meanwhile. A table too big to be read in the time allowed
is left to the counters, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.counters import tables
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS

#: Tables of the platform that a reconciliation works beside.
PLATFORM_TABLES = frozenset({"auth.users"})
MOST_BYTES = 512 * 1024 * 1024

#: A row's text must not depend on who asks.
_SETTINGS = """
SELECT pg_catalog.set_config('statement_timeout', %s, true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('DateStyle', 'ISO, MDY', true),
       pg_catalog.set_config('IntervalStyle', 'postgres', true),
       pg_catalog.set_config('TimeZone', 'UTC', true),
       pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('search_path', 'pg_catalog', true)
"""


@dataclass(frozen=True, slots=True)
class TableCount:
    """One table. `rows` and `content` are None where it was not read; `reason` says why.

    `content` is a hash over all rows of the `columns`, whatever their order.
    """

    rows: int | None
    content: str | None
    columns: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Census:
    """All tables by name."""

    tables: Mapping[str, TableCount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CensusChange:
    """One table that is not what it was. None: not there, or not read."""

    table: str
    before: int | None
    after: int | None
    content: str  # same, changed, unknown


def take_census(
    connection: Connection[Any],
    *,
    like: Census | None = None,
    most_bytes: int = MOST_BYTES,
    timeout_ms: int = 30_000,
) -> Census:
    """Count and hash every user table, in one read-only transaction.

    `like`: an earlier census; its tables are hashed over the columns that it knew and that are
    still there, so that an added column is no changed row.
    """
    found = {}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(_SETTINGS, (str(timeout_ms),))
        for oid, table in tables(connection).items():
            schema = table.name.partition(".")[0]
            if schema in MANAGED_SCHEMAS and table.name not in PLATFORM_TABLES:
                continue
            if not table.file:  # a partitioned table has no rows of its own
                continue
            columns = tuple(table.columns.values())
            if like and (known := like.tables.get(table.name)):
                columns = tuple(each for each in known.columns if each in columns)
            found[table.name] = _count(connection, oid, table.name, columns, most_bytes)
    return Census(found)


def compare(before: Census, after: Census) -> tuple[CensusChange, ...]:
    """The tables whose number of rows or content differs, or could not be compared."""
    changes = []
    for name in sorted({*before.tables, *after.tables}):
        old, new = before.tables.get(name), after.tables.get(name)
        if old and new and old.content is not None and new.content is not None:
            lost = set(old.columns) - set(new.columns)
            if old.content == new.content and old.rows == new.rows and not lost:
                continue
            content = "changed"
        else:
            content = "unknown" if old and new else "changed"
        changes.append(
            CensusChange(name, old.rows if old else None, new.rows if new else None, content)
        )
    return tuple(changes)


def _count(
    connection: Connection[Any], oid: int, name: str, columns: Iterable[str], most_bytes: int
) -> TableCount:
    columns = tuple(columns)
    schema, _, table = name.partition(".")
    try:
        with connection.transaction():
            size = connection.execute(
                "SELECT pg_catalog.pg_table_size(%s::bigint::oid)", (oid,)
            ).fetchone()
            if size and size[0] is not None and size[0] > most_bytes:
                return TableCount(None, None, columns, "too big: left to the counters")
            row = connection.execute(
                SQL(
                    "SELECT count(*), coalesce(sum(pg_catalog.hashtextextended("
                    "ROW({})::text, 0)::numeric), 0)::text FROM ONLY {}"
                ).format(SQL(", ").join(map(Identifier, columns)), Identifier(schema, table))
            ).fetchone()
    except (psycopg.errors.QueryCanceled, psycopg.errors.InsufficientPrivilege) as error:
        slow = isinstance(error, psycopg.errors.QueryCanceled)
        reason = "too slow: left to the counters" if slow else "we may not read it"
        return TableCount(None, None, columns, reason)
    assert row is not None
    return TableCount(int(row[0]), str(row[1]), columns)
