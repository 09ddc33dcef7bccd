"""What the fault runs once found wrong, each on its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.apply import executor
from reconcile_pipeline.apply.conditions import holds
from reconcile_pipeline.apply.journal import Journal
from reconcile_pipeline.apply.outside import run_outside, settle_crash
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.rows import census
from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.model import Condition
from reconcile_pipeline_tests.apply.making import context, fingerprint, plan, sql
from reconcile_pipeline_tests.apply.stepping import MAKE, tables
from reconcile_pipeline_tests.apply.test_outside import INDEX

CUT = "SELECT pg_terminate_backend(pg_backend_pid())"


def test_a_lock_on_a_table_that_is_only_counted_held_us_up_for_ever(ready: Request) -> None:
    with psycopg.connect(ready.dsn) as other:
        other.execute("LOCK TABLE public.clients")
        with pytest.raises(ApplyError, match=r"holds a lock.*Nothing was changed"):
            apply_plan(replace(ready, limits=replace(ready.limits, tries=1)))
    assert apply_plan(ready).verification.fingerprint_expected


def test_a_server_that_died_after_an_index_was_built_ended_in_a_traceback(
    database: str, tmp_path: Path
) -> None:
    tables(database)
    made = plan(database, INDEX)
    with context(database, made, tmp_path) as at:
        asked: list[int] = []

        def cut(connection: psycopg.Connection[Any]) -> str:
            asked.append(1)
            if len(asked) == 2:  # the one after the index was built
                connection.execute(CUT.encode())
            return fingerprint(connection)

        at.fingerprint = cut
        with pytest.raises(ApplyError, match="Step 1 may be done"):
            run_outside(at, INDEX)
    with context(database, made, tmp_path) as at:
        settle_crash(at)
        assert run_outside(at, INDEX).outcome.value in ("done", "already")


def test_what_another_session_did_while_an_index_was_built_passed_for_ours(
    ready: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(at: Any, step: Any) -> Any:
        execute = at.connection.execute

        def then_meddle(query: Any, *given: Any, **more: Any) -> Any:
            result = execute(query, *given, **more)
            if isinstance(query, bytes) and b"CONCURRENTLY" in query:
                sql(ready.dsn, "CREATE TABLE public.by_hand ()")
            return result

        at.connection.execute = then_meddle
        try:
            return run_outside(at, step)
        finally:
            del at.connection.execute

    monkeypatch.setattr(executor, "run_outside", build)
    with pytest.raises(PlanError, match=r"Another session.*kept: table, trigger, index"):
        apply_plan(ready)
    monkeypatch.undo()
    sql(ready.dsn, "DROP TABLE public.by_hand")
    assert apply_plan(ready).verification.fingerprint_expected


def test_a_journal_that_fails_after_a_commit_said_that_nothing_was_changed(
    ready: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Journal.write

    def full(self: Journal, event: str, step: str = "", **facts: Any) -> Any:
        if (event, step) == ("finished", "trigger"):
            raise ApplyError("The journal cannot be written: No space left on device.")
        return write(self, event, step, **facts)

    monkeypatch.setattr(Journal, "write", full)
    with pytest.raises(ApplyError, match="kept: table, trigger"):
        apply_plan(ready)
    monkeypatch.undo()
    assert apply_plan(ready).verification.fingerprint_expected


def test_a_connection_that_is_lost_in_a_rollback_ended_in_a_traceback(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("SELECT 1")
        cuts = Condition("it is cut", f"SELECT ({CUT}) IS NOT NULL")
        with pytest.raises(psycopg.OperationalError):
            holds(connection, cuts)


def test_a_step_whose_try_failed_says_in_the_journal_why(database: str, tmp_path: Path) -> None:
    made = plan(database, MAKE)
    with context(database, made, tmp_path) as at, psycopg.connect(database) as other:
        other.execute("CREATE TABLE public.made (id int)")  # not committed: we wait for it
        with pytest.raises(ApplyError, match="in 3 tries of 200 ms"):
            executor.execute(at, MAKE)
        failed = at.journal.of("1", "failed")
    assert [(each.facts["sqlstate"], each.facts["tries"]) for each in failed] == [
        ("55P03", 1), ("55P03", 2), ("55P03", 3),
    ]  # fmt: skip


def test_a_census_does_not_wait_longer_than_it_may(database: str) -> None:
    sql(database, "CREATE TABLE public.t (id int)")
    with (
        psycopg.connect(database) as other,
        psycopg.connect(database, autocommit=True) as connection,
    ):
        other.execute("LOCK TABLE public.t")
        connection.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            census.take_census(connection)
