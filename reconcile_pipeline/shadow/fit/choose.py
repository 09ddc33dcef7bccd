"""Choose values for a table's columns that meet its checks, row by row.

The server itself evaluates the checks, over combinations of what each column may hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.shadow.fit.tables import Table, escaped
from reconcile_pipeline.shadow.fit.values import Column, candidates

MOST_COMBINATIONS = 20_000


def choose(
    connection: Connection[Any], table: Table, columns: Sequence[Column], count: int
) -> dict[int, list[str | None]]:
    """Values of each column, row by row: those that meet the checks, together where one asks for
    several columns.
    """
    known = {column.number: column for column in columns}
    found: dict[int, list[str | None]] = {}
    # One that asks for no column says the same of every row.
    asked = [(set(numbers), sql) for numbers, sql in table.checks if numbers]
    checks = [(numbers, sql) for numbers, sql in asked if numbers <= known.keys()]
    groups: list[set[int]] = []
    for numbers, _ in checks:
        touching = [group for group in groups if group & numbers]
        groups = [g for g in groups if g not in touching] + [numbers.union(*touching)]
    for column in columns:
        if not any(column.number in group for group in groups):
            groups.append({column.number})
    for group in groups:
        members = [known[number] for number in sorted(group)]
        wanted = [sql for numbers, sql in checks if numbers <= group]
        solutions = _solve(connection, members, wanted, count)
        for position, column in enumerate(members):
            found[column.number] = [row[position] for row in solutions]
    return found


def _solve(
    connection: Connection[Any], columns: Sequence[Column], checks: Sequence[str], count: int
) -> list[tuple[str | None, ...]]:
    """Combinations of candidates that meet the checks, as different from each other as can be."""
    most = max(2, int(MOST_COMBINATIONS ** (1 / len(columns))))
    options: list[tuple[str | None, ...]] = [
        _readable(connection, c, candidates(c, count)[:most]) for c in columns
    ]
    if len(columns) == 1 and not checks:
        return [(value,) for value in options[0][:count]]
    for place, column in enumerate(columns):
        if not column.required:
            options[place] = (*options[place], None)
    sources = [
        SQL("(SELECT v::text::{type} AS {name}, v AS {raw}, n AS {place}"
            " FROM unnest(%s::text[]) WITH ORDINALITY u(v, n)) AS {alias}").format(
            type=SQL(column.type.replace("%", "%%")), name=escaped(column.name),
            raw=Identifier(f"raw {i}"), place=Identifier(f"place {i}"), alias=Identifier(f"t{i}"),
        )
        for i, column in enumerate(columns)
    ]  # fmt: skip
    raw = SQL(", ").join(Identifier(f"raw {i}") for i in range(len(columns)))
    places = SQL(" + ").join(Identifier(f"place {i}") for i in range(len(columns)))
    query = SQL("SELECT {raw} FROM {sources} WHERE {checks} ORDER BY {places} LIMIT 500").format(
        raw=raw, sources=SQL(", ").join(sources), places=places,
        checks=SQL(" AND ").join(SQL("(" + c.replace("%", "%%") + ")") for c in checks)
        if checks else SQL("true"),
    )  # fmt: skip
    try:
        with connection.transaction():
            rows = connection.execute(query, [list(each) for each in options]).fetchall()
    except psycopg.Error:  # a check that fails for some values: the insert will tell
        return [tuple(o[i % len(o)] for o in options) for i in range(count) if all(options)]
    return _different([tuple(row) for row in rows], columns, count)


def _different(
    rows: Sequence[tuple[str | None, ...]], columns: Sequence[Column], count: int
) -> list[tuple[str | None, ...]]:
    """Of these, `count` that share no value in a column where no two may be alike."""
    used: list[set[str | None]] = [{None} if c.required else set() for c in columns]
    found: list[tuple[str | None, ...]] = []
    for row in rows:
        taken = (
            c.alone and v is not None and v in seen
            for c, v, seen in zip(columns, row, used, strict=True)
        )
        if any(taken):
            continue
        for seen, value in zip(used, row, strict=True):
            seen.add(value)
        found.append(row)
        if len(found) == count:
            break
    return found


def _readable(
    connection: Connection[Any], column: Column, values: Sequence[str]
) -> tuple[str, ...]:
    """Those that the type's input, and a domain's checks, take."""
    if connection.info.server_version < 160000:
        return tuple(values)
    rows = connection.execute(
        "SELECT v FROM unnest(%s::text[]) WITH ORDINALITY u(v, n)"
        " WHERE pg_catalog.pg_input_is_valid(v, %s) ORDER BY n",
        (list(values), column.type),
    )
    return tuple(row[0] for row in rows)
