"""Hostile migration files take no more time, memory, disk or attention than they may."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.statement import run
from reconcile_pipeline.shadow.servers import watchdog
from reconcile_pipeline_tests.shadow.running import execute, value


def test_rows_that_a_statement_answers_are_let_go(owner: Connection[Any]) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(owner, "SELECT repeat('x', 1000) FROM generate_series(1, 200000)")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


@pytest.mark.parametrize(
    "text",
    ["SELECT repeat('x', 1000000000)",
     "DO $$ DECLARE a text[]; BEGIN LOOP a := a || repeat('x', 200000000); END LOOP; END $$",
     "SET work_mem = '100GB'; SELECT count(*) FROM (SELECT DISTINCT repeat('x', 900000) || i"
     " FROM generate_series(1, 5000) i) x"],
)  # fmt: skip
def test_memory_is_bounded(text: str, shadow: ShadowDatabase, owner: Connection[Any]) -> None:
    with shadow.cluster.connect_admin() as admin:
        if not Path(f"/proc/{admin.info.backend_pid}/limits").exists():
            pytest.skip("only Linux bounds a process's memory")
    (error,) = execute(shadow, owner, text)
    assert isinstance(error, psycopg.errors.OutOfMemory)
    assert value(owner, "SELECT 1") == 1


def test_temporary_files_are_bounded(shadow: ShadowDatabase, owner: Connection[Any]) -> None:
    with shadow.cluster.connect_admin() as admin:
        assert value(admin, "SELECT current_setting('temp_file_limit')") == "1GB"


def test_no_background_process_can_be_started(shadow: ShadowDatabase) -> None:
    with shadow.cluster.connect_admin() as admin:
        for name in ("max_worker_processes", "max_parallel_workers", "max_prepared_transactions"):
            assert value(admin, f"SELECT current_setting('{name}')") == "0"


def test_a_flood_of_notifications_is_an_error(spoiled: ShadowDatabase) -> None:
    with (
        spoiled.connect_owner() as connection,
        pytest.raises(psycopg.OperationalError, match="notif"),
    ):
        run(
            connection,
            "SELECT pg_notify('a', i || repeat('x', 7000)) FROM generate_series(1, 500) i",
        )


def test_a_statement_without_end_is_cancelled_and_the_next_one_runs(
    spoiled: ShadowDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.1)
    with (
        watchdog.Watchdog(spoiled, statement_seconds=0.3),
        spoiled.connect_owner() as connection,
        connection.transaction(force_rollback=True),
    ):
        text = (
            "SELECT set_config('statement_timeout', '0', false); DO $$ BEGIN LOOP END LOOP; END $$"
        )
        (error,) = execute(spoiled, connection, text)
        assert isinstance(error, psycopg.errors.QueryCanceled)
        assert execute(spoiled, connection, "SELECT 1") == []


def test_a_statement_that_outlives_its_cancellation_ends_the_replay(
    spoiled: ShadowDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(watchdog, "GRACE_SECONDS", 0.5)
    stubborn = """DO $$ BEGIN LOOP
        BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
    END LOOP; END $$"""
    began = time.monotonic()
    with (
        spoiled.connect_owner() as connection,
        pytest.raises(ShadowError, match="a statement ran for"),
        watchdog.Watchdog(spoiled, statement_seconds=0.2),
    ):
        run(connection, stubborn)
    assert time.monotonic() - began < 10


def test_the_time_of_everything_together_is_bounded(
    spoiled: ShadowDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.1)
    with (
        spoiled.connect_owner() as connection,
        pytest.raises(ShadowError, match="longer than"),
        watchdog.Watchdog(spoiled, seconds=0.5),
    ):
        while True:
            run(connection, "SELECT pg_sleep(0.05)")


def test_data_without_bounds_is_cancelled(
    spoiled: ShadowDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.1)
    bomb = "CREATE TABLE a AS SELECT repeat(i::text, 100) FROM generate_series(1, 100000000) i"
    with (
        watchdog.Watchdog(spoiled, disk_bytes=40 * 2**20),
        spoiled.connect_owner() as connection,
        connection.transaction(force_rollback=True),
    ):
        (error,) = execute(spoiled, connection, bomb)
        assert isinstance(error, psycopg.errors.QueryCanceled)
        assert execute(spoiled, connection, "SELECT pg_sleep(0.3)") == []  # what it took is free
