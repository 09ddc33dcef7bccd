"""What may be between us and the primary: a pooler, a replica. Both are read, neither written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.doctor.model import Level
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.flow.doctor.servers import examined, pgbouncer, replica, target


@pytest.fixture
def pooled(database: str) -> Iterator[tuple[str, str]]:
    """One database through a pooler: in transaction mode, and in session mode."""
    user = conninfo_to_dict(database)["user"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.one (id int)")
    with pgbouncer(database) as port:
        shared, own = (
            make_conninfo(host="127.0.0.1", port=port, user=user, dbname=name)
            for name in ("shared", "own")
        )
        yield shared, own


def test_a_transaction_pooler_is_read_through_and_never_written_through(
    pooled: tuple[str, str], tmp_path: Path
) -> None:
    shared, own = pooled
    with pytest.raises(TargetError, match="transaction pooler") as refused:
        connect_to_write(shared)
    assert "5432" in refused.value.hint
    assert scan_target(target(shared, tmp_path, history="none")).attribution.unexplained == ()
    found = examined(shared, tmp_path)
    assert "scans work through it, apply does not" in found["Pooler"][0].figure
    assert [each.level for each in found["Apply"]] == [Level.PROBLEM]
    connect_to_write(own).close()
    session = examined(own, tmp_path)
    assert session["Pooler"][0].figure.startswith("A session pooler")
    assert [each.level for each in session["Apply"]] == [Level.OK]


def test_the_pooler_is_seen_while_others_use_it(pooled: tuple[str, str]) -> None:
    shared, _ = pooled
    with psycopg.connect(shared) as busy:
        busy.execute("SELECT 1")  # in a transaction: it keeps one server process to itself
        with pytest.raises(TargetError, match="transaction pooler"):
            connect_to_write(shared)


@pytest.fixture
def primary() -> Iterator[Server]:
    """A server of its own, with one table."""
    with temporary(settings={"wal_level": "replica"}) as running:
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE public.one (id int)")
            connection.execute("CREATE ROLE blind LOGIN")
        yield running


def test_a_replica_is_scanned_and_never_applied_to(primary: Server, tmp_path: Path) -> None:
    with replica(primary, primary.directory.parent / "replica") as copy:
        with pytest.raises(TargetError, match="read replica") as refused:
            connect_to_write(copy.dsn())
        assert "primary" in refused.value.hint
        seen = {read_production(each.dsn()).fingerprint for each in (primary, copy)}
        assert len(seen) == 1
        found = examined(copy.dsn(), tmp_path)
        assert "scans work, apply is refused" in found["Replica"][0].figure
        assert [each.level for each in found["Apply"]] == [Level.PROBLEM]
        _until_streaming(primary)
        above = examined(primary.dsn(), tmp_path)
        assert above["Replication"][0].figure.startswith("1 replica; their lag")
        (hidden,) = examined(primary.dsn(user="blind"), tmp_path)["Replication"]
        assert (hidden.level, "pg_read_all_stats" in hidden.advice) == (Level.ADVICE, True)


def _until_streaming(primary: Server) -> None:
    give_up = time.monotonic() + 10
    with psycopg.connect(primary.dsn(), autocommit=True) as connection:
        while connection.execute("SELECT FROM pg_stat_replication").fetchone() is None:
            assert time.monotonic() < give_up
            time.sleep(0.05)
