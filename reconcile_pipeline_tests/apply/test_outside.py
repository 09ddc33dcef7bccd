"""Little runs outside a transaction, and an index that fails there leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.context import Outcome
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.apply.outside import settle_crash
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.model import Condition
from reconcile_pipeline_tests.apply.making import context, fingerprint, plan, sql, step, value
from reconcile_pipeline_tests.apply.stepping import run, tables


@pytest.fixture
def world(database: str) -> str:
    """Two tables with rows, one pointing at the other, and a partitioned one."""
    tables(database)
    return database


INDEX = step(
    "1", "CREATE INDEX CONCURRENTLY note_idx ON public.parent (note)", transactional=False,
    postcondition=Condition(
        "the index is valid",
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.note_idx')"),
)  # fmt: skip


def valid(dsn: str) -> bool:
    return bool(value(dsn, "SELECT bool_and(indisvalid) FROM pg_index"))


def test_an_index_is_built_without_a_transaction(world: str, tmp_path: Path) -> None:
    assert run(world, tmp_path, INDEX) == [("done", {})]
    assert valid(world)


def test_an_index_that_fails_leaves_no_invalid_one(world: str, tmp_path: Path) -> None:
    unique = replace(INDEX, statements=(INDEX.statements[0].replace("CREATE", "CREATE UNIQUE"),))
    with pytest.raises(ApplyError, match="23505"):
        run(world, tmp_path, unique)
    assert valid(world)
    assert value(world, "SELECT to_regclass('public.note_idx') IS NULL")


def test_an_index_waits_for_its_lock_and_clears_up_between_tries(
    world: str, tmp_path: Path
) -> None:
    slow = replace(INDEX, lock_timeout_ms=50)
    with context(world, plan(world, slow), tmp_path) as at, psycopg.connect(world) as other:
        other.execute("UPDATE public.parent SET note = 'z' WHERE id = 1")
        at.progress = lambda event: other.rollback() if "try 3" in event.text else None
        assert execute(at, slow).tries == 3
    assert valid(world)


def test_a_crash_in_the_middle_of_an_index_is_recovered_from(world: str, tmp_path: Path) -> None:
    made = plan(world, INDEX)
    with context(world, made, tmp_path) as at:
        at.journal.write("started", "1", before=made.fingerprint)
    sql(world, "CREATE INDEX note_idx ON public.parent (note)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.note_idx'::regclass",
    )  # fmt: skip
    with context(world, made, tmp_path) as at:
        assert at_one_moment(at.connection, fingerprint) not in at.accepted()
        settle_crash(at)
        assert at_one_moment(at.connection, fingerprint) in at.accepted()
        assert execute(at, INDEX).outcome is Outcome.DONE
    assert valid(world)


def test_a_crash_in_an_index_does_not_excuse_other_changes(world: str, tmp_path: Path) -> None:
    made = plan(world, INDEX)
    with context(world, made, tmp_path) as at:
        at.journal.write("started", "1", before=made.fingerprint)
    sql(world, "CREATE INDEX note_idx ON public.parent (note)", "CREATE TABLE public.by_hand ()")
    with context(world, made, tmp_path) as at:
        settle_crash(at)
        assert at_one_moment(at.connection, fingerprint) not in at.accepted()
        with pytest.raises(PlanError):
            execute(at, INDEX)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM public.child",
        "VACUUM FULL public.child",
        "CREATE INDEX CONCURRENTLY ON public.child (id)",
    ],
)
def test_little_may_run_outside_a_transaction(world: str, tmp_path: Path, statement: str) -> None:
    with pytest.raises(ApplyError, match="outside a transaction"):
        run(world, tmp_path, step("1", statement, transactional=False))
    assert value(world, "SELECT count(*) FROM public.child") == 5
