"""Whoever waits for us is seen, and for how long."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.waiting import Watcher
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


def test_a_watcher_that_is_cut_off_says_so(table: str) -> None:
    with Watcher(table) as watcher:
        time.sleep(0.1)
        sql(table, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE application_name = 'reconcile_pipeline watcher'"
                   " AND datname = current_database()")  # fmt: skip
        time.sleep(0.2)
    seen = watcher.result()
    assert not seen.complete
    assert seen.reason


def test_no_address_in_an_application_name_gets_out(table: str) -> None:
    with psycopg.connect(table) as ours, Watcher(table) as watcher:
        watcher.watch(ours)
        ours.execute("LOCK public.t")
        waiter = wait_for(table, "ada@example.com", "SELECT * FROM public.t")
        time.sleep(0.1)
        ours.commit()
        waiter.join()
    assert watcher.result().waits[0].application == "a***@e***"
