"""Rows made to fit: a few in each table of a twin, whatever its constraints ask for.

They respect foreign keys, checks, enums, domains, unique and exclusion constraints, generated and
identity columns; no row of production's is ever read. Triggers do not fire meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from reconcile_pipeline.shadow.fit.asked import demanded
from reconcile_pipeline.shadow.fit.choose import choose
from reconcile_pipeline.shadow.fit.demands import Demand
from reconcile_pipeline.shadow.fit.tables import Table, escaped, in_order, read_tables
from reconcile_pipeline.shadow.fit.values import TEXTS, Column
from reconcile_pipeline.shadow.twin import Twin

NOTHING_THERE = "it refers to a table without rows"
SET_ROLE_SINCE = 150000  # server_version_num: a parameter may be granted

LEFT_EMPTY = "it is empty in production, and the plan's steps do not run on made-up rows"


@dataclass(slots=True)
class Filled:
    """`rows`: table -> how many were made. `failed`: table -> why it got fewer than asked for."""

    rows: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def fill(
    twin: Twin,
    count: int,
    also: Collection[str],
    managed: Collection[str],
    demands: Sequence[Demand] = (),
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> Filled:
    """Make `count` rows in every table of the user's, in what those refer to, and in `also`.

    `also`: `schema.table` of tables in managed schemas that are wanted too. `demands`: what is yet
    to be asked of the rows. `only`: the user's tables that rows are wanted in, with what refers to
    them; None: in all. `without`: tables that stay empty.
    """
    if count < 1:
        return Filled()
    with _filler(twin) as connection:
        return fill_through(connection, count, also, managed, demands, only, without)


def fill_through(
    connection: Connection[Any],
    count: int,
    also: Collection[str],
    managed: Collection[str],
    demands: Sequence[Demand] = (),
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> Filled:
    """The same through a connection that may write to all tables, in whichever database it is of.

    Whether triggers fire is the connection's affair.
    """
    filled = Filled()
    tables = demanded({table.oid: table for table in read_tables(connection)}, demands)
    wanted = {
        oid
        for oid, table in tables.items()
        if table.full_name in also or (table.schema not in managed and _is_meant(table, only))
    }
    if only is not None:  # what refers to them may be gone through, or be changed along with them
        first = frozenset(wanted)
        wanted |= {
            oid
            for oid, table in tables.items()
            if table.schema not in managed and any(key.table in first for key in table.keys)
        }
    waiting = in_order(tables, wanted)
    for _ in range(2):  # in a circle somebody comes first, without what it may do without
        for table in waiting:
            empty = table.full_name in without
            made, why = (0, LEFT_EMPTY) if empty else _fill(connection, tables, table, count)
            filled.rows[table.full_name] = made
            filled.failed[table.full_name] = why if made < count else ""
        waiting = [t for t in waiting if filled.failed[t.full_name] == NOTHING_THERE]
    filled.failed = {name: why for name, why in filled.failed.items() if why}
    return filled


@contextmanager
def _filler(twin: Twin) -> Iterator[Connection[Any]]:
    """A connection of a role of its own, for which no trigger fires and which owns all tables.

    Defaults and checks may call functions of production's, so it is no superuser's.
    """
    cluster, name = twin.database.cluster, f"reconcile_filler_{secrets.token_hex(4)}"
    role = Identifier(name)
    cluster.create_roles({name: "NOSUPERUSER BYPASSRLS"})
    cluster.let_in(name)
    quiet = cluster.version >= SET_ROLE_SINCE
    with cluster.connect_admin(twin.database.name) as admin:
        owners = admin.execute(
            "SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE c.relkind IN ('r', 'p') AND NOT r.rolsuper AND r.rolname !~ '^pg_'"
        ).fetchall()
        for (owner,) in owners:
            admin.execute(SQL("GRANT {} TO {}").format(Identifier(owner), role))
        if quiet:
            admin.execute(SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(role))
    try:
        with psycopg.connect(cluster.dsn(twin.database.name, name)) as connection:
            if quiet:
                connection.execute("SET session_replication_role = replica")
            connection.execute("SET statement_timeout = '10s'")
            connection.execute("SET client_min_messages = error")
            yield connection
    finally:
        with cluster.connect_admin(twin.database.name) as admin:
            admin.execute(SQL("DROP OWNED BY {}").format(role))
            admin.execute(SQL("DROP ROLE {}").format(role))
        cluster.roles.remove(name)


def _fill(
    connection: Connection[Any], tables: Mapping[int, Table], table: Table, count: int
) -> tuple[int, str]:
    made, why = 0, ""
    rows = list(_rows(connection, tables, table, count))
    for row in rows:
        required = {n: v for n, v in row.items() if table.column(n).required}
        for attempt in (row, required):
            try:
                with connection.transaction():
                    made += connection.execute(
                        _insert(table, attempt), list(attempt.values())
                    ).rowcount
                why = ""
                break
            except psycopg.Error as error:
                why = _words(error)
    connection.commit()
    if not rows:
        why = NOTHING_THERE
    return made, why


def _is_meant(table: Table, only: Collection[str] | None) -> bool:
    return only is None or table.full_name in only


def _words(error: psycopg.Error) -> str:
    """The server's own words in one line; the values in them are ours, and nobody's."""
    said = error.diag.message_primary or str(error)
    return " ".join(said.split()) or "the server does not say why"


def _insert(table: Table, row: Mapping[int, str]) -> Composed:
    if not row:
        return SQL("INSERT INTO {} DEFAULT VALUES ON CONFLICT DO NOTHING").format(table.identifier)
    columns = [table.column(number) for number in row]
    return SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        table.identifier,
        SQL(", ").join(escaped(column.name) for column in columns),
        SQL(", ").join(_cast(column) for column in columns),
    )


def _cast(column: Column) -> Composed:
    # The type's name is format_type's own, quoted where that is needed.
    return SQL("%s::text::" + column.type.replace("%", "%%")).format()


def _rows(
    connection: Connection[Any], tables: Mapping[int, Table], table: Table, count: int
) -> Iterator[dict[int, str]]:
    """Rows as text by column number; what the server fills in is left to it."""
    referred: dict[int, list[str | None]] = {}
    for key in table.keys:
        own = [table.column(number) for number in key.own]
        values = _values_of(connection, tables.get(key.table), key.theirs, count)
        if not values and any(c.required for c in own) and not all(c.given for c in own):
            if key.table != table.oid:
                return  # a circle, or a table that could not be filled
            continue  # its own row may refer to itself
        for position, number in enumerate(key.own):
            referred[number] = [row[position] for row in values] or [None]
    free = [
        column
        for column in table.columns
        if not column.generated
        and column.number not in referred
        and not (column.given and not (column.alone and (column.plain in TEXTS or column.taken)))
    ]
    chosen = choose(connection, table, free, count)
    for index in range(count):
        row: dict[int, str] = {}
        for column in table.columns:
            if column.number in referred:
                some = referred[column.number]
                value = some[index % len(some)]
            else:
                options = chosen.get(column.number, ())
                value = options[index % len(options)] if options else None
            if value is not None:
                row[column.number] = value
        yield row


def _values_of(
    connection: Connection[Any], table: Table | None, numbers: Sequence[int], count: int
) -> list[tuple[str, ...]]:
    if table is None:
        return []
    columns = [escaped(table.column(number).name) for number in numbers]
    return connection.execute(
        SQL("SELECT {} FROM {} ORDER BY {} LIMIT %s").format(
            SQL(", ").join(SQL("{}::text").format(c) for c in columns),
            table.identifier,
            SQL(", ").join(columns),
        ),
        (count,),
    ).fetchall()
