"""Building blocks of a drifted production: the platform, statements run by hand, recorded files."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from reconcile_pipeline.history import supabase_split
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.servers.server import Server

OWNER = "postgres"  # owns the user's objects on Supabase; no superuser
_LOCK = 7_031_009  # roles belong to the whole server: one builder at a time makes them


def create_platform(server: Server, database: str, *, password: str | None = None) -> None:
    """Make `database` anew (dropping one of that name) as a fresh Supabase project.

    `password`: what `postgres` logs in with over TCP; None leaves it as it is.
    """
    name = sql.Identifier(database)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        admin.execute(_read("roles.sql"))
        if password is not None:
            admin.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(password)
                )
            )
        _drop(admin, database)
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                name, sql.Identifier(OWNER)
            )
        )
        admin.execute(
            sql.SQL('ALTER DATABASE {} SET search_path TO "$user", public, extensions').format(name)
        )
    with psycopg.connect(server.dsn(database)) as admin:
        admin.execute(_read("platform.sql"))


def drop_database(server: Server, database: str) -> None:
    """Drop a world, if it is there."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        _drop(admin, database)


def _drop(admin: psycopg.Connection[Any], database: str) -> None:
    admin.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
    )


def statements(path: Path) -> tuple[str, ...]:
    """The file's statements, by index."""
    return tuple(statement.sql for statement in split(path.read_text("utf-8")))


def run(server: Server, database: str, commands: Iterable[str], *, user: str = OWNER) -> None:
    """Run each command by itself, as a person at a prompt does."""
    with psycopg.connect(server.dsn(database, user), autocommit=True) as connection:
        for command in commands:
            execute(connection, command)


def record(server: Server, database: str, paths: Iterable[Path]) -> None:
    """Write the files into the history as the Supabase CLI does."""
    with psycopg.connect(server.dsn(database, OWNER)) as connection:
        for path in paths:
            version, _, name = path.stem.partition("_")
            connection.execute(
                "INSERT INTO supabase_migrations.schema_migrations (version, name, statements)"
                " VALUES (%s, %s, %s)",
                (version, name, list(supabase_split.split(path.read_text("utf-8")))),
            )


def execute(connection: psycopg.Connection[Any], command: str) -> None:
    """Run SQL that is not a literal of this program: a migration file's."""
    connection.execute(command.encode())


def _read(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()
