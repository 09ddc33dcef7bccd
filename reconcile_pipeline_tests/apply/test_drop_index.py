"""An index that is dropped CONCURRENTLY, and whoever changes something meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.outside import run_outside, settle_crash
from reconcile_pipeline.catalog import fingerprint as catalog_fingerprint
from reconcile_pipeline.catalog.fingerprint import without
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.read import read_kinds
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline_tests.apply.making import KINDS, context, plan, sql, step, value
from reconcile_pipeline_tests.apply.stepping import tables

DROP = step("1", "DROP INDEX CONCURRENTLY public.note_idx", transactional=False)
GONE = "SELECT to_regclass('public.note_idx') IS NULL"


@pytest.fixture
def made(database: str) -> Plan:
    """The plan that drops it, in a database that has it."""
    tables(database)
    sql(database, "CREATE INDEX note_idx ON public.parent (note)")
    return plan(database, DROP)


def without_index(connection: Connection[Any], index: str) -> str:
    snapshot = without(read_kinds(connection, KINDS), ObjectId(Kind.INDEX, index))
    return catalog_fingerprint.fingerprint(snapshot)


def then(at: Context, act: Any) -> None:
    """Call `act` once the index is dropped, before anybody looks."""
    execute = at.connection.execute

    def execute_and_act(query: Any, *given: Any, **more: Any) -> Any:
        result = execute(query, *given, **more)
        if isinstance(query, bytes) and b"CONCURRENTLY" in query:
            act()
        return result

    at.connection.execute = execute_and_act  # type: ignore[method-assign]


def test_an_index_is_dropped_and_a_second_run_finds_it_done(
    database: str, made: Plan, tmp_path: Path
) -> None:
    for outcome in ("done", "already"):
        with context(database, made, tmp_path) as at:
            at.without_index = without_index
            settle_crash(at)
            assert run_outside(at, DROP).outcome.value == outcome
    assert value(database, GONE)


def test_what_another_session_did_while_an_index_was_dropped_passed_for_ours(
    database: str, made: Plan, tmp_path: Path
) -> None:
    with context(database, made, tmp_path) as at:
        at.without_index = without_index
        then(at, lambda: sql(database, "CREATE TABLE public.by_hand ()"))
        with pytest.raises(PlanError, match=r"Another session.*kept: 1"):
            run_outside(at, DROP)
    with context(database, made, tmp_path) as at:
        at.without_index = without_index
        settle_crash(at)
        with pytest.raises(PlanError, match="Another session"):
            run_outside(at, DROP)
        sql(database, "DROP TABLE public.by_hand")
        assert run_outside(at, DROP).outcome.value == "already"


def test_a_crash_after_an_index_was_dropped_had_the_rerun_refused(
    database: str, made: Plan, tmp_path: Path
) -> None:
    with context(database, made, tmp_path) as at:
        at.without_index = without_index
        then(at, at.connection.close)
        with pytest.raises(ApplyError, match="Step 1 may be done"):
            run_outside(at, DROP)
    with context(database, made, tmp_path) as at:
        at.without_index = without_index
        settle_crash(at)
        assert run_outside(at, DROP).outcome.value == "already"
    assert value(database, GONE)


def test_a_crash_that_left_an_index_half_dropped_had_the_rerun_refused(
    database: str, made: Plan, tmp_path: Path
) -> None:
    """DROP INDEX CONCURRENTLY marks it invalid first, and then waits for whoever reads the table:
    it gives up after our lock_timeout, and what it has marked stays so."""
    with (
        context(database, made, tmp_path) as at,
        psycopg.connect(database) as reader,
    ):
        at.without_index = without_index
        reader.execute("SELECT count(*) FROM public.parent")
        with pytest.raises(ApplyError, match=r"did not get its lock.*note_idx is left invalid"):
            run_outside(at, DROP)
    assert value(database, "SELECT NOT indisvalid FROM pg_index"
                           " WHERE indexrelid = 'public.note_idx'::regclass")  # fmt: skip
    with context(database, made, tmp_path) as at:
        at.without_index = without_index
        settle_crash(at)
        assert run_outside(at, DROP).outcome.value == "done"
    assert value(database, GONE)


def test_an_index_that_is_gone_already_was_called_missing(database: str, tmp_path: Path) -> None:
    tables(database)
    gone = step("1", "DROP INDEX CONCURRENTLY IF EXISTS gone_idx", transactional=False)
    with context(database, plan(database, gone), tmp_path) as at:
        at.without_index = without_index
        assert run_outside(at, gone).outcome.value == "done"
