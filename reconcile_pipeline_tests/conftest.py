"""One real PostgreSQL for the session, one database a test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest

from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.clients.fixtures import supabase_cli, tcp_server, tcp_url

# Fixtures of other folders that any test may ask for.
__all__ = ["database", "server", "supabase_cli", "tcp_server", "tcp_url"]

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The session's PostgreSQL 18; the superuser is `supabase_admin`."""
    settings = {"max_connections": "60", "wal_level": "logical"}
    with temporary(settings=settings, in_memory=True) as running:  # thousands of databases
        yield running


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """DSN of a fresh empty database, as superuser."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield server.dsn(name)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
