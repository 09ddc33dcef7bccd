"""Fixtures for tests that ask a migration tool's own client. They are used from any test folder.

Without the client such a test is skipped and says how to get it; where RECONCILE_REQUIRE_CLIENTS
is set, as in CI, it fails instead.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.clients.supabase import Supabase

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "postgres"  # of the role postgres on a throwaway server on 127.0.0.1
_numbers = itertools.count(1)


def find_supabase() -> Path | None:
    """The CLI: `SUPABASE_CLI`, else what `npm ci` installed in the repository's folder."""
    chosen = os.environ.get("SUPABASE_CLI")
    path = Path(chosen) if chosen else ROOT / "node_modules" / ".bin" / "supabase"
    return path if path.exists() and shutil.which("node") else None


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def supabase_cli(tmp_path: Path) -> Supabase:
    """The Supabase CLI with an empty folder of migrations."""
    program = find_supabase()
    if program is None:
        reason = "the Supabase CLI is not installed: run `npm ci`, or set SUPABASE_CLI"
        if os.environ.get("RECONCILE_REQUIRE_CLIENTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Supabase(program, tmp_path / "client")


@pytest.fixture(scope="session")
def tcp_server() -> Iterator[Server]:
    """A PostgreSQL 18 that also listens on 127.0.0.1, with the role `postgres` as on Supabase."""
    with temporary(port=free_port()) as running:
        with psycopg.connect(running.dsn(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE ROLE postgres LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD {}")
                .format(PASSWORD)
            )  # fmt: skip
        yield running


@pytest.fixture
def tcp_url(tcp_server: Server) -> Iterator[str]:
    """URL of a fresh database owned by `postgres`, as `postgres`, dropped afterwards."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(tcp_server.dsn(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER postgres TEMPLATE template0")
            .format(sql.Identifier(name))
        )  # fmt: skip
        try:
            yield tcp_server.tcp_dsn(name, "postgres", PASSWORD)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
