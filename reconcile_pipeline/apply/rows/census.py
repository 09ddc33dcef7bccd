"""Every table's rows, counted and hashed, to be compared before and after.

What our own transactions did is known from their counters (`counters.py`); this is the look from
outside, which also sees what others did meanwhile. A table too big to be read in the time allowed
is left to the counters, and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from reconcile_pipeline.apply.batches import ask_together
from reconcile_pipeline.apply.rows.counters import Table, tables
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS

#: Tables of the platform that a reconciliation works beside.
PLATFORM_TABLES = frozenset({"auth.users"})
MOST_BYTES = 512 * 1024 * 1024
SMALL_BYTES = 1024 * 1024  # read in a moment, so that many can go into one message

_SIZES = "SELECT t.oid, pg_catalog.pg_table_size(t.oid::oid) FROM unnest(%s::bigint[]) t(oid)"

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

    `content` is a hash over all rows of the `columns`, whatever their order. `oid` and `numbers`
    are the table's and the columns' own, by which they are known under another name.
    """

    rows: int | None
    content: str | None
    columns: tuple[str, ...]
    reason: str = ""
    oid: int = 0
    numbers: tuple[int, ...] = ()


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

    `like`: an earlier census. Its tables and columns keep the names that they had in it, and are
    hashed over the columns that it knew and that are still there: what gets another name, or one
    more column, is no changed row.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(_SETTINGS, (str(timeout_ms),))
        listed = list(_listed(tables(connection), like or Census()))
        sizes = dict(connection.execute(_SIZES, ([each.oid for each in listed],)).fetchall())
        found = {
            each.name: each.count(None, None, "too big: left to the counters")
            for each in listed
            if (sizes[each.oid] or 0) > most_bytes
        }
        for together in (True, False):
            some = [
                each
                for each in listed
                if each.name not in found and ((sizes[each.oid] or 0) <= SMALL_BYTES) is together
            ]
            found |= _count(connection, some, together=together)
    return Census({each.name: found[each.name] for each in listed})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A table to count: what it is called in the census, and in the database now; its columns by
    number, with both names.
    """

    oid: int
    name: str
    now: str
    columns: Mapping[int, tuple[str, str]]

    def count(self, rows: int | None, content: str | None, reason: str = "") -> TableCount:
        columns = tuple(name for name, _ in self.columns.values())
        return TableCount(rows, content, columns, reason, self.oid, tuple(self.columns))


def _listed(found: Mapping[int, Table], like: Census) -> Iterator[_Asked]:
    """The tables to count; a new one by the name of another that is called otherwise now is not."""
    called = {count.oid: name for name, count in like.tables.items() if count.oid in found}
    for oid, table in found.items():
        schema = table.name.partition(".")[0]
        if schema in MANAGED_SCHEMAS and table.name not in PLATFORM_TABLES:
            continue
        if not table.file:  # a partitioned table has no rows of its own
            continue
        name = called.get(oid, table.name)
        if oid not in called and name in called.values():
            continue
        columns = {number: (column, column) for number, column in table.columns.items()}
        if known := like.tables.get(name):
            if oid in called:
                columns = {
                    number: (column, table.columns[number])
                    for number, column in zip(known.numbers, known.columns, strict=True)
                    if number in table.columns
                }
            else:  # made anew
                numbers = {column: number for number, column in table.columns.items()}
                columns = {numbers[c]: (c, c) for c in known.columns if c in numbers}
        yield _Asked(oid, name, table.name, columns)


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
    connection: Connection[Any], asked: Sequence[_Asked], *, together: bool
) -> dict[str, TableCount]:
    """The tables with their columns; small ones in a few messages."""
    questions = [_question(each) for each in asked]

    def alone(number: int) -> list[str] | str:
        try:
            with connection.transaction():
                row = connection.execute(questions[number]).fetchone()
        except psycopg.errors.QueryCanceled:
            return "too slow: left to the counters"
        except psycopg.errors.InsufficientPrivilege:
            return "we may not read it"
        assert row is not None
        return list(row[0])

    answers = (
        ask_together(connection, questions, alone) if together else map(alone, range(len(asked)))
    )
    return {
        each.name: each.count(None, None, found)
        if isinstance(found, str)
        else each.count(int(found[0]), found[1])
        for each, found in zip(asked, answers, strict=True)
    }


def _question(asked: _Asked) -> Composed:
    """How many rows, and the hash over all of them."""
    schema, _, table = asked.now.partition(".")
    columns = [Identifier(now) for _, now in asked.columns.values()]
    return SQL(
        "SELECT ARRAY[count(*)::text, coalesce(sum(pg_catalog.hashtextextended("
        "ROW({})::text, 0)::numeric), 0)::text] FROM ONLY {}"
    ).format(SQL(", ").join(columns), Identifier(schema, table))
