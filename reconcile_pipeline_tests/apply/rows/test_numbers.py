"""Transaction numbers in the journal, when the server crashes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.apply.rows.numbers import Flusher
from reconcile_pipeline.apply.transaction import committed
from reconcile_pipeline.shadow.servers.server import temporary
from reconcile_pipeline_tests.apply.making import sql
from reconcile_pipeline_tests.catalog import old_servers


@contextmanager
def server_of(major: int) -> Iterator[str]:
    """DSN of a server that this test may kill."""
    if major == 18:
        with temporary() as server:
            yield server.dsn()
    else:
        with old_servers.running(major) as dsn:
            yield dsn


@pytest.mark.parametrize("major", [15, 18])
def test_a_number_given_out_again_after_a_crash_passed_for_our_commit(major: int) -> None:
    with server_of(major) as dsn:
        sql(dsn, "CREATE TABLE public.t (id int)")
        flusher = Flusher()
        bystander = psycopg.connect(dsn, autocommit=True)
        with suppress(psycopg.OperationalError), psycopg.connect(dsn) as ours:
            ours.execute("INSERT INTO public.t VALUES (1)")
            number = flusher.number(ours)
            os.kill(ours.info.backend_pid, signal.SIGKILL)  # all backends start anew
            ours.execute("SELECT 1")
        flusher.close()
        _wait_for_the_end_of(bystander)
        _wait_for(dsn)
        for _ in range(5):
            sql(dsn, "INSERT INTO public.t VALUES (2)")
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert number is not None
            assert not committed(connection, number)
            assert sql(dsn, "SELECT count(*) FROM public.t WHERE id = 1") == [(0,)]


def test_a_database_that_answers_before_it_has_written_lost_finished_steps(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off',"
            " current_database()); END $$"
        )
    with connect_to_write(database) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_transaction_that_changed_nothing_has_no_number(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("SELECT 1")
        assert Flusher().number(connection) is None


def _wait_for_the_end_of(bystander: psycopg.Connection) -> None:
    """Until then the server lets others in, and has not noticed yet that one of it was killed."""
    deadline = time.monotonic() + 20
    with suppress(psycopg.OperationalError):
        while time.monotonic() < deadline:
            bystander.execute("SELECT 1")
            time.sleep(0.02)
    assert bystander.closed


def _wait_for(dsn: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(dsn).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
