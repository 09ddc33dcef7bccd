"""SQL for two roles with no more rights than they need: one that scans, one that applies.

The scan's role reads everything and writes nothing. `pg_read_all_data` gives that without a grant
on any object, so the catalog that a scan compares stays as it is. It needs BYPASSRLS: rows that
policies hide would look like rows that are not there. It is a member of no other role: whoever may
become service_role may write.

The role that applies acts as the owner of the tables, since only an owner may alter them, and
whatever it makes belongs to that owner. From PostgreSQL 16 on nobody can grant membership in
himself, so on a hosted Supabase project, where nobody reachable stands above `postgres`, apply
connects as `postgres` itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.flow.target import ResolvedTarget

SCAN, APPLY = "reconcile_scan", "reconcile_apply"
READS_ALL = 140000  # server_version_num that has pg_read_all_data
CHOOSES = 160000  # … that can say whether a membership inherits

_DATABASE = """
SELECT pg_catalog.current_database()::text,
       pg_catalog.has_database_privilege('public', pg_catalog.current_database(), 'CONNECT'),
       coalesce(pg_catalog.has_schema_privilege('public', pg_catalog.to_regnamespace('public')::oid,
                                                'CREATE'), false),
       ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_namespace n
             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1),
       ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles r)
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who owns tables. `grantable`: the connected user may let others act as it."""

    name: str
    relations: int
    superuser: bool
    ours: bool
    grantable: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What the SQL depends on. `owners`: of most tables first; `anyone_*`: what PUBLIC may do."""

    database: str
    version: int
    owners: tuple[Owner, ...]
    anyone_connects: bool
    anyone_creates: bool
    schemas: tuple[str, ...]
    roles: frozenset[str]


def look_at(target: ResolvedTarget) -> Place:
    """Ask the database; it is only read. Raises TargetError."""
    with connect_to_read(target.dsn) as connection:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute("SET TRANSACTION READ ONLY")
                return read_place(connection)
        except psycopg.Error as error:
            raise unread(error, target.dsn, "Who owns what") from None


def read_place(connection: Connection[Any]) -> Place:
    """The same on an open connection, in the caller's transaction."""
    row = connection.execute(_DATABASE).fetchone()
    assert row is not None
    database, connects, creates, schemas, roles = row
    return Place(
        database, connection.info.server_version, owners(connection), connects, creates,
        tuple(schemas), frozenset(roles),
    )  # fmt: skip


def owners(connection: Connection[Any]) -> tuple[Owner, ...]:
    """Who owns the user's tables, the owner of most of them first."""
    query = (files("reconcile_pipeline.flow") / "sql/owners.sql").read_bytes()
    rows = connection.execute(query, {"managed": sorted(MANAGED_SCHEMAS)}).fetchall()
    return tuple(Owner(*row) for row in rows)


def grants_sql(place: Place, scan: str = SCAN, apply: str = APPLY) -> str:
    """The SQL of both roles, with what it is for as comments. It holds no password."""
    lines = [*_scan(place, scan), "", *_apply(place, apply)]
    text = "\n".join(_comment(each) if isinstance(each, str) else _text(each) for each in lines)
    return text + "\n"


def _scan(place: Place, name: str) -> Iterator[str | Composable]:
    role = Identifier(name)
    yield f"-- {name}: for scans. It reads everything, and writes nothing."
    yield f"-- Run as a superuser, or as a role that may grant it ({_who(place)})."
    yield f"-- Then give it a password, in psql: \\password {name}"
    verb = "ALTER" if name in place.roles else "CREATE"
    yield SQL(
        verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT"
        " BYPASSRLS CONNECTION LIMIT 10;"
    ).format(role)
    if not place.anyone_connects:
        yield SQL("GRANT CONNECT ON DATABASE {} TO {};").format(Identifier(place.database), role)
    if place.version >= READS_ALL:
        yield SQL("GRANT pg_read_all_data TO {};").format(role)
    else:
        yield "-- This server has no pg_read_all_data (PostgreSQL 14), so each schema is granted:"
        yield "-- a scan will name these grants among what was changed by hand."
        for schema in place.schemas:
            for what in ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA"):
                yield SQL("GRANT " + what + " {} TO {};").format(Identifier(schema), role)
    for setting, value in (
        ("default_transaction_read_only", "on"),
        ("lock_timeout", "2s"),
        ("statement_timeout", "60s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ):
        yield SQL("ALTER ROLE {} SET " + setting + " = '" + value + "';").format(role)
    if place.anyone_creates:
        yield "-- Everybody, and so this role, may make tables in the schema public. To end that:"
        yield "-- REVOKE CREATE ON SCHEMA public FROM PUBLIC;"


def _apply(place: Place, name: str) -> Iterator[str | Composable]:
    if not place.owners:
        yield "-- For apply: nobody owns a table here yet. Connect as the role that makes them."
        return
    owner, others = place.owners[0], place.owners[1:]
    if owner.superuser:
        yield f"-- For apply: the tables belong to {owner.name}, a superuser, and whoever may act"
        yield "-- as it is one. Give them to an ordinary role first: ALTER TABLE … OWNER TO …;"
        return
    if not owner.grantable:
        yield f"-- For apply: connect as {owner.name}, who owns the tables and is no superuser."
        yield "-- The connected user may not let another role act as it (from PostgreSQL 16 on that"
        yield "-- needs ADMIN OPTION, which nobody has on himself); a superuser could, with this"
        yield "-- command run as one: reconcile grants"
        return
    role = Identifier(name)
    verb = "ALTER" if name in place.roles else "CREATE"
    yield f"-- {name}: for apply. It acts as {owner.name}, who owns the tables and is no superuser,"
    yield f"-- so that what it makes belongs to {owner.name} too. By itself it has no right at all."
    yield f"-- Then give it a password, in psql: \\password {name}"
    yield SQL(
        verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT"
        " NOBYPASSRLS CONNECTION LIMIT 10;"
    ).format(role)
    if not place.anyone_connects:
        yield SQL("GRANT CONNECT ON DATABASE {} TO {};").format(Identifier(place.database), role)
    how = " WITH INHERIT FALSE, SET TRUE" if place.version >= CHOOSES else ""
    yield SQL("GRANT {} TO {}" + how + ";").format(Identifier(owner.name), role)
    yield SQL("ALTER ROLE {} SET role = {};").format(role, Identifier(owner.name))
    if others:
        listed = ", ".join(f"{each.name} ({each.relations})" for each in others)
        yield f"-- Other owners of tables: {listed}. A step that alters one of theirs is refused by"
        yield f"-- the server, unless {owner.name} is a member of its owner."


def _who(place: Place) -> str:
    return "on Supabase: postgres" if "supabase_admin" in place.roles else "CREATEROLE, BYPASSRLS"


def _comment(line: str) -> str:
    """On one line whatever a role is called: what came after a line break would be run."""
    return " ".join(line.splitlines())


def _text(sql: Composable) -> str:
    return sql.as_string(None)
