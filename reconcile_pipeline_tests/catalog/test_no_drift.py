"""What happens in normal life is no drift."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pglast
import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import fingerprint, trigger
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.shadow.servers.binaries import bin_dir
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.catalog.cases import Case, load
from reconcile_pipeline_tests.catalog.conftest import BASE


@pytest.mark.parametrize("case", load("no_drift"), ids=lambda case: case.name)
def test_normal_life_makes_no_difference(case: Case, copy: str, before: Snapshot) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        for statement in pglast.split(case.sql):
            connection.execute(statement.encode())
        after = read(connection)
    assert compare(before, after) == ()
    assert fingerprint(before) == fingerprint(after)


def test_databases_built_separately_are_equal(database: str, before: Snapshot) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE gap (id serial PRIMARY KEY)")  # moves the oids
        connection.execute("DROP TABLE gap")
        connection.execute(BASE.encode())
        after = read(connection)
    assert before.unreadable == after.unreadable == ()
    assert (
        before.kinds[next(iter(before.kinds))].roots != after.kinds[next(iter(after.kinds))].roots
    )
    assert compare(before, after) == ()
    assert fingerprint(before) == fingerprint(after)


def test_a_dump_restored_elsewhere_is_equal(copy: str, database: str, tmp_path: Path) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        # A dump names no extension's version: restoring it installs the newest.
        connection.execute("ALTER EXTENSION citext UPDATE")
        connection.execute("ALTER EXTENSION pg_trgm UPDATE")
        before = read(connection)
    dump = tmp_path / "dump.sql"
    with dump.open("w") as file:
        run("pg_dump", "--schema-only", copy, stdout=file)
    run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), "-d", database)
    with psycopg.connect(database, autocommit=True) as connection:
        after = read(connection)
    assert compare(before, after) == ()
    assert fingerprint(before) == fingerprint(after)


def run(program: str, *arguments: str, stdout: object = subprocess.DEVNULL) -> None:
    """One of PostgreSQL's own clients."""
    subprocess.run(
        [str(bin_dir() / program), *arguments],
        check=True,
        stdout=stdout,  # type: ignore[call-overload]
        env={"PATH": os.environ.get("PATH", "")},
    )


def test_the_cheap_fingerprint_is_calm_when_rows_change(copy: str, server: Server) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        calm = trigger(connection)
        connection.execute("INSERT INTO app.log SELECT i, 'x' FROM generate_series(1, 100) i")
        connection.execute("UPDATE app.log SET line = 'y'")
        connection.execute("ANALYZE app.log")
        connection.execute("SELECT nextval('app.invoice_number')")
        assert trigger(connection) == calm
    with psycopg.connect(server.dsn(), autocommit=True) as elsewhere:
        elsewhere.execute("CREATE TABLE elsewhere (id integer)")
        elsewhere.execute("DROP TABLE elsewhere")
    with psycopg.connect(copy, autocommit=True) as connection:
        assert trigger(connection) == calm
