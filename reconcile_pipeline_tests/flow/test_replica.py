"""Scans that read a streaming replica, which lags, and ends who stands in its way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.drift.scan import REPLICA
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.replica import catch_up
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.shadow.platforms.source import Source
from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.flow.doctor.servers import replica, target

SETTINGS = {"wal_level": "replica", "max_standby_streaming_delay": "0"}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary with one table, and its replica."""
    with temporary(settings=SETTINGS) as primary:
        run(primary, "CREATE TABLE public.one (id int)")
        with replica(primary, primary.directory.parent / "replica") as copy:
            run(copy, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
            run(copy, "SELECT pg_reload_conf()")
            yield primary, copy


def run(server: Server, text: str) -> tuple[object, ...] | None:
    """One statement, and its first row if it gives any."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        return cursor.fetchone() if cursor.description else None


def test_nothing_said_that_a_scan_had_read_a_replica(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, copy = pair
    assert REPLICA in scan_target(target(copy.dsn(), tmp_path)).report.notes
    assert not read_production(primary.dsn()).replica


def test_what_was_applied_looked_undone_on_a_replica_that_lags(
    pair: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    primary, copy = pair
    monkeypatch.setenv("APPLY_URL", primary.dsn())
    both = target(copy.dsn(), tmp_path, apply_dsn_env="APPLY_URL")
    run(copy, "SELECT pg_wal_replay_pause()")
    try:
        run(primary, "CREATE TABLE public.two (id int)")
        with pytest.raises(TargetError, match="behind") as caught:
            catch_up(both, silent, wait_s=0.1)
        assert "Every step is done, and kept." in str(caught.value)
    finally:
        resume = Timer(0.5, run, (copy, "SELECT pg_wal_replay_resume()"))
        resume.start()
    catch_up(both, silent, wait_s=30)
    assert run(copy, "SELECT to_regclass('public.two') IS NOT NULL") == (True,)
    resume.join()
    catch_up(target(copy.dsn(), tmp_path), silent, wait_s=0)


def test_a_replica_that_had_to_go_on_ended_the_scan(pair: tuple[Server, Server]) -> None:
    primary, copy = pair
    asked: list[Source] = []

    def in_the_way(source: Source) -> None:
        asked.append(source)
        run(primary, "BEGIN; LOCK TABLE pg_catalog.pg_publication IN ACCESS EXCLUSIVE MODE; COMMIT")
        _until(copy, "SELECT sum(confl_lock) > 0 FROM pg_stat_database_conflicts")

    assert read_production(copy.dsn(), early=in_the_way).replica
    assert len(asked) == 1


def _until(server: Server, question: str) -> None:
    give_up = time.monotonic() + 20
    while run(server, question) != (True,):
        assert time.monotonic() < give_up
        time.sleep(0.1)
