"""pg_dump reaches a server in the way that psycopg does: just as encrypted, to the same place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.clone import dump
from reconcile_pipeline.shadow.servers.client_library import client_environment, client_library
from reconcile_pipeline_tests.flow.doctor.servers import SECRET, tls_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libpq is exchanged on Linux only")


@pytest.fixture(scope="module")
def tls() -> Iterator[tuple[Path, str]]:
    """A server that lets `u` in over TLS only: its folder of certificates, and a DSN."""
    with tls_server() as (home, port):
        with psycopg.connect(
            host=str(home), port=port, user="boss", dbname="postgres", autocommit=True
        ) as boss:
            boss.execute("CREATE TABLE kept (id int)")
            boss.execute("GRANT SELECT ON kept TO u")
        yield home, f"host=localhost port={port} dbname=postgres user=u password={SECRET}"


def test_a_server_that_demands_tls_could_not_be_copied(tls: tuple[Path, str]) -> None:
    home, dsn = tls
    assert "kept" in dump(f"{dsn} sslmode=verify-full sslrootcert={home}/ca.crt")


def test_tls_that_is_merely_preferred_was_left_out(tls: tuple[Path, str]) -> None:
    assert "kept" in dump(tls[1])  # libpq's default, by which psycopg is encrypted, too


def test_a_server_that_cannot_prove_who_it_is_is_not_trusted(tls: tuple[Path, str]) -> None:
    home, dsn = tls
    with pytest.raises(ShadowError, match="certificate"):
        dump(f"{dsn} sslmode=verify-full sslrootcert={home}/strange.crt")


def test_a_mode_that_the_environment_asks_for_was_forgotten(
    tls: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, dsn = tls
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", f"{home}/strange.crt")
    with pytest.raises(ShadowError, match="certificate"):
        dump(dsn)


def test_only_what_a_connection_needs_is_passed_on() -> None:
    given = {"PGSERVICE": "s", "PATH": "/bin", "DATABASE_URL": "secret", "LD_PRELOAD": "/other.so"}
    passed = client_environment(given)
    assert passed == {"PGSERVICE": "s", "PATH": "/bin", "LD_PRELOAD": str(client_library())}
