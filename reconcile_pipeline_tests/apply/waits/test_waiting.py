"""Whoever waits for us is seen, and for how long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.waits import waiting
from reconcile_pipeline.apply.waits.log import UNSEEN, WatchLog
from reconcile_pipeline.apply.waits.waiting import Watcher, cut_off
from reconcile_pipeline_tests.apply.making import sql


def wait_for(dsn: str, application: str, statement: str) -> threading.Thread:
    def run() -> None:
        with psycopg.connect(make_conninfo(dsn, application_name=application)) as connection:
            connection.execute(statement.encode())

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def table(database: str) -> str:
    sql(database, "CREATE TABLE public.t (id int)", "INSERT INTO public.t VALUES (1)")
    return database


def test_a_wait_for_our_lock_is_measured(table: str) -> None:
    with psycopg.connect(table) as ours, Watcher(table) as watcher:
        watcher.watch(ours)
        ours.execute("LOCK public.t")
        waiter = wait_for(table, "the shop", "SELECT * FROM public.t")
        time.sleep(0.3)
        ours.commit()
        waiter.join()
        time.sleep(0.1)
    seen = watcher.result()
    assert (seen.waiters, seen.complete) == (1, True)
    assert seen.waits[0].application == "the shop"
    assert 200 <= seen.longest_ms <= 600
    assert seen.samples >= 5


def test_a_user_who_may_not_see_what_others_wait_for_sees_it_in_the_locks(table: str) -> None:
    sql(table, "CREATE ROLE watches LOGIN")
    blind = make_conninfo(table, user="watches")
    try:
        with (
            psycopg.connect(blind) as looking,
            psycopg.connect(table) as ours,
            Watcher(blind) as watcher,
        ):
            watcher.watch(ours)
            ours.execute("LOCK public.t")
            waiter = wait_for(table, "the shop", "SELECT * FROM public.t")
            time.sleep(0.3)
            told = looking.execute(waiting._ANYBODY_SEEN.encode()).fetchall()
            ours.commit()
            waiter.join()
            time.sleep(0.1)
    finally:
        sql(table, "DROP ROLE watches")
    assert told == [], "where only the statistics are asked, nothing is seen"
    assert watcher.result().waiters == 1


def test_ten_thousand_locks_had_the_watcher_take_a_fifth_of_a_processor(table: str) -> None:
    sql(table, "CREATE ROLE watches LOGIN")
    blind = make_conninfo(table, user="watches")
    try:
        with psycopg.connect(table) as shop:
            shop.execute("SELECT count(pg_advisory_xact_lock(n)) FROM generate_series(1, 10000) n")
            with Watcher(blind) as watcher:
                time.sleep(1)
    finally:
        sql(table, "DROP ROLE watches")
    seen = watcher.result()
    assert seen.interval_ms > 20, "it keeps away the longer, the longer a look takes"
    assert 3 <= seen.samples <= 1000 / seen.interval_ms * 5


def test_whom_our_own_waiting_holds_up_counts_too(table: str) -> None:
    with (
        psycopg.connect(table) as reader,
        psycopg.connect(table) as ours,
        Watcher(table) as watcher,
    ):
        watcher.watch(ours)
        reader.execute("SELECT * FROM public.t")
        ours.execute("SET lock_timeout = '250ms'")
        queued = threading.Timer(
            0.05, lambda: sql(make_conninfo(table, application_name="queued"), "TABLE public.t")
        )
        queued.start()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ours.execute("LOCK public.t")
        ours.rollback()
        queued.join()
        time.sleep(0.1)
    assert [wait.application for wait in watcher.result().waits] == ["queued"]


def test_waits_for_others_are_not_ours(table: str) -> None:
    with psycopg.connect(table) as ours, psycopg.connect(table) as other, Watcher(table) as watcher:
        watcher.watch(ours)
        other.execute("LOCK public.t")
        waiter = wait_for(table, "x", "SELECT * FROM public.t")
        time.sleep(0.1)
        other.commit()
        waiter.join()
    seen = watcher.result()
    assert (seen.waiters, seen.longest_ms, seen.waits) == (0, 0, ())


CUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE application_name = 'reconcile_pipeline watcher' AND datname = current_database()"
)


def test_a_watcher_that_is_cut_off_watches_again_and_counts_the_gap(table: str) -> None:
    with psycopg.connect(table) as ours, Watcher(table) as watcher:
        watcher.watch(ours)
        ours.execute("LOCK public.t")
        sql(table, CUT)
        waiter = wait_for(table, "the shop", "SELECT * FROM public.t")
        time.sleep(0.2)
        ours.commit()
        waiter.join()
    seen = watcher.result()
    assert (seen.complete, seen.reason) == (True, "")
    assert {wait.application for wait in seen.waits} == {"the shop", UNSEEN}


def test_a_watcher_that_cannot_come_back_says_so(table: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(table)["dbname"]
    with psycopg.connect(table, autocommit=True) as here, Watcher(table) as watcher:
        there = psycopg.conninfo.make_conninfo(table, dbname="postgres")
        sql(there, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        here.execute(CUT.encode())
    seen = watcher.result()
    assert not seen.complete
    assert "not currently accepting" in seen.reason


def test_waits_measured_before_a_kill_are_not_lost_with_it(table: str, tmp_path: Path) -> None:
    with psycopg.connect(table) as ours:
        ours.execute("SET client_connection_check_interval = '500ms'")
        with Watcher(table, log=WatchLog(tmp_path, 7)) as watcher:
            watcher.watch(ours)
            ours.execute("LOCK public.t")
            waiters = [wait_for(table, "the shop", "SELECT * FROM public.t")]
            time.sleep(0.3)
            ours.commit()
            waiters[0].join()
            ours.execute("LOCK public.t")
            waiters.append(wait_for(table, "still waiting", "SELECT * FROM public.t"))
            time.sleep(0.2)
            seen = cut_off(tmp_path, 7)  # what is on disk now is what a kill would leave
            ours.commit()
    for waiter in waiters:
        waiter.join()
    assert (seen.complete, seen.waiters) == (True, 2)
    assert [wait.application for wait in seen.waits] == [UNSEEN, "the shop"]
    assert seen.waits[0].milliseconds >= 500 + 100  # until the server ends our session
    assert seen.waits[1].milliseconds >= 200


@pytest.mark.parametrize(
    ("boot", "grace", "reason"),
    [("another", 500, "with its machine"), (None, 0, "does not say")],
)
def test_what_nobody_can_bound_after_a_kill_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot: str | None, grace: int, reason: str
) -> None:
    log = WatchLog(tmp_path, 1)
    log.sampled(10, 0, 0, 20, grace)
    log.close()
    if boot:
        monkeypatch.setattr(waiting, "boot_id", lambda: boot)
    seen = cut_off(tmp_path, 1)
    assert not seen.complete
    assert reason in seen.reason
    assert not cut_off(tmp_path, 2).complete  # that run came to no sample


def test_no_address_in_an_application_name_gets_out(table: str) -> None:
    with psycopg.connect(table) as ours, Watcher(table) as watcher:
        watcher.watch(ours)
        ours.execute("LOCK public.t")
        waiter = wait_for(table, "ada@example.com", "SELECT * FROM public.t")
        time.sleep(0.1)
        ours.commit()
        waiter.join()
    assert watcher.result().waits[0].application == "a***@e***"
