"""A database that holds one object of each kind, and copies of it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.shadow.servers.server import Server

HERE = Path(__file__).parent
BASE = (HERE / "base.sql").read_text()
OWN_ROLES = ("app_owner", "app_reader")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """Name of a database made by base.sql, that nobody is connected to."""
    name = f"catalog_template_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            connection.execute(BASE)
        try:
            yield name
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            for role in OWN_ROLES:
                admin.execute(f"DROP ROLE {role}")


@pytest.fixture
def copy(server: Server, template: str) -> Iterator[str]:
    """DSN of a copy of the template, for this test alone."""
    name = f"{template}_{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield server.dsn(name)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def base(server: Server, template: str) -> Iterator[str]:
    """DSN of one copy for all tests that take back what they do."""
    name = f"{template}_base"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield server.dsn(name)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def before(base: str) -> Snapshot:
    """The base as it is when nothing has been done to it."""
    with psycopg.connect(base, autocommit=True) as connection:
        return read(connection)
