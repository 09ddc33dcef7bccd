"""Rows that statements refer to and no file makes: users who signed up, rows somebody typed in.

Production had them when the statement ran there; on the shadow its foreign key finds nothing. They
are made up from the key that the server misses, so nothing of production's is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed

from reconcile_pipeline.shadow.fit.choose import choose
from reconcile_pipeline.shadow.fit.tables import Table, escaped, read_tables

#: A statement that lacks more of them is left to fail: each costs running it once more.
MOST = 100
_DEPTH = 5  # a row that is made may itself refer to one that is not there
#: `Key (a, b)=(1, 2) is not present in table "c".`, in whatever language.
_KEY = re.compile(r"\((?P<columns>.*?)\)=\((?P<values>.*)\)", re.DOTALL)
_REFERS = """
SELECT k.confrelid::int8, k.confkey
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND n.nspname = %s AND c.relname = %s AND k.conname = %s
"""
_COLUMNS = """
SELECT c.oid::int8,
       CASE WHEN %(names)s::text[] IS NULL
            THEN (SELECT i.indkey::int2[] FROM pg_catalog.pg_index i
                  WHERE i.indrelid = c.oid AND i.indisprimary)
            ELSE ARRAY(SELECT a.attnum
                       FROM unnest(%(names)s::text[]) WITH ORDINALITY u(name, place)
                       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = u.name
                       ORDER BY u.place) END
FROM pg_catalog.pg_class c WHERE c.oid = to_regclass(%(table)s)
"""


@dataclass(frozen=True, slots=True)
class _Missing:
    """A row to make: its table, and the values of its key as text, by the column's number."""

    table: int
    key: dict[int, str]


def make(connection: Connection[Any], sql: str, error: psycopg.Error, depth: int = 0) -> bool:
    """Make the row whose lack `error` is about, inside the caller's transaction.

    `sql`: the statement that failed; it has been rolled back. False where the row can't be made;
    then nothing is left of the attempt.
    """
    if not isinstance(error, psycopg.errors.ForeignKeyViolation):
        return False
    try:
        with connection.transaction():
            missing = _missing(connection, sql, error)
            tables = {table.oid: table for table in read_tables(connection)}
            if missing is None or missing.table not in tables:
                return False
            table = tables[missing.table]
            row = {**_others(connection, table, missing.key), **missing.key}
    except psycopg.Error:
        return False
    insert = _insert(table, row)
    for _ in range(_DEPTH):
        try:
            with connection.transaction():
                connection.execute(insert)
            return True
        except psycopg.errors.ForeignKeyViolation as lack:
            if depth >= _DEPTH or not make(connection, "", lack, depth + 1):
                return False
        except psycopg.Error:
            return False
    return False


def _missing(connection: Connection[Any], sql: str, error: psycopg.Error) -> _Missing | None:
    said = error.diag
    found = _KEY.search(said.message_detail or "")
    if not found:
        return None
    where = connection.execute(
        _REFERS, (said.schema_name, said.table_name, said.constraint_name)
    ).fetchone()
    if where is None:  # a key that the statement itself would make
        for table, names in _made_by(sql, said.constraint_name or ""):
            where = connection.execute(_COLUMNS, {"table": table, "names": names}).fetchone()
    if where is None or not where[1]:
        return None
    oid, numbers = where
    values = [found["values"]] if len(numbers) == 1 else found["values"].split(", ")
    if len(values) != len(numbers):  # a value with a comma in it
        return None
    return _Missing(oid, dict(zip(numbers, values, strict=True)))


def _made_by(sql: str, name: str) -> Iterator[tuple[str, list[str] | None]]:
    """The foreign keys that a statement makes: (table as written, its columns if they are named).

    Only the one called `name`, where it is written there; a name that is left out is the server's.
    """
    from pglast import ast
    from pglast.enums import ConstrType

    from reconcile_pipeline.migrations.tree import parse, walk

    for node in (part for statement in parse(sql) for part in walk(statement)):
        foreign = isinstance(node, ast.Constraint) and node.contype == ConstrType.CONSTR_FOREIGN
        if foreign and node.conname in (None, name):
            columns = [each.sval for each in node.pk_attrs] if node.pk_attrs else None
            yield _written(node.pktable), columns


def _written(table: Any) -> str:
    parts = (table.schemaname, table.relname)
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part)


def _others(connection: Connection[Any], table: Table, key: dict[int, str]) -> dict[int, str]:
    """Values for what the row must have besides its key."""
    required = [
        column
        for column in table.columns
        if column.required and not column.given and not column.generated
        if column.number not in key
    ]
    chosen = choose(connection, table, required, 1)
    return {number: values[0] for number, values in chosen.items() if values and values[0]}


def _insert(table: Table, row: dict[int, str]) -> Composed:
    # Of an identity column, too, the key is the one that is missed.
    return SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        table.identifier,
        SQL(", ").join(escaped(table.column(number).name) for number in row),
        SQL(", ").join(
            SQL("{}::text::" + table.column(number).type).format(value)
            for number, value in row.items()
        ),
    )
