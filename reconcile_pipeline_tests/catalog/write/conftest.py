"""A database full of what SQL writers stumble over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.catalog.conftest import BASE

PLATFORM = BASE[: BASE.index("-- Types.")]
EVERYTHING = (Path(__file__).parent / "everything.sql").read_text()
ODD_ROLE = '"odd Role"'
_WITH_ODD = (
    "SELECT DISTINCT d.datname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid"
    " WHERE s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = 'odd Role')"
)


@pytest.fixture(scope="session")
def odd_role(server: Server, template: str) -> Iterator[str]:
    """A role with a name in quotes. `template` makes the other roles, and drops them after this."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {ODD_ROLE}")
        yield ODD_ROLE
        # The databases that used it may go after this, in whatever order their fixtures end.
        for (name,) in admin.execute(_WITH_ODD).fetchall():
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute(f"DROP OWNED BY {ODD_ROLE}")
        admin.execute(f"DROP ROLE {ODD_ROLE}")


@pytest.fixture(scope="session")
def odd_database(server: Server, odd_role: str) -> Iterator[str]:
    """DSN of a database made by everything.sql, for tests that take back what they do."""
    name = f"odd_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            connection.execute(PLATFORM.encode())
            connection.execute(EVERYTHING.encode())
        try:
            yield server.dsn(name)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def odd(odd_database: str) -> Snapshot:
    """What that database holds."""
    with psycopg.connect(odd_database, autocommit=True) as connection:
        return read(connection)
