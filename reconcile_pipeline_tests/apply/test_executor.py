"""A step runs once, within its bounds, and waits for locks; another session stops it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.context import Outcome
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Condition
from reconcile_pipeline_tests.apply.making import context, plan, sql, step, there, value
from reconcile_pipeline_tests.apply.stepping import MAKE, run, tables


@pytest.fixture
def world(database: str) -> str:
    """Two tables with rows, one pointing at the other, and a partitioned one."""
    tables(database)
    return database


def test_a_step_runs_and_is_counted(world: str, tmp_path: Path) -> None:
    fill = step(
        "2", "INSERT INTO public.made VALUES (1), (2)",
        "UPDATE public.made SET id = 3 WHERE id = 2",
        rows={"public.made": (2, 1, 0)},
    )  # fmt: skip
    assert run(world, tmp_path, MAKE, fill) == [("done", {}), ("done", {"public.made": (2, 1, 0)})]
    assert value(world, "SELECT array_agg(id ORDER BY id) FROM public.made") == [1, 3]


def test_what_holds_already_is_not_done_again(world: str, tmp_path: Path) -> None:
    sql(world, "CREATE TABLE public.made (other text)")
    assert run(world, tmp_path, MAKE) == [("already", {})]
    assert value(world, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.made'::regclass"
                        " AND attnum > 0") == 1  # fmt: skip


def test_a_step_without_postcondition_runs_once_a_plan(world: str, tmp_path: Path) -> None:
    add = step("1", "INSERT INTO public.parent VALUES (9)", rows={"public.parent": (1, 0, 0)})
    made = plan(world, add)
    for expected in (Outcome.DONE, Outcome.ALREADY):
        with context(world, made, tmp_path) as at:
            assert execute(at, add).outcome is expected


def test_a_commit_that_nobody_wrote_down_is_recognised(world: str, tmp_path: Path) -> None:
    add = step("1", "INSERT INTO public.parent VALUES (9)", rows={"public.parent": (1, 0, 0)})
    made = plan(world, add)
    with context(world, made, tmp_path) as at:
        execute(at, add)
        journal = at.journal.folder / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    assert [r.event for r in read_journal(journal.parent)] == ["committing", "finished"]
    journal.write_text(lines[0])  # as if killed between the commit and the next line
    with context(world, made, tmp_path) as at:
        assert execute(at, add).outcome is Outcome.ALREADY
    assert value(world, "SELECT count(*) FROM public.parent") == 6


def test_a_rollback_that_looked_like_a_commit_is_recognised(world: str, tmp_path: Path) -> None:
    add = step("1", "INSERT INTO public.parent VALUES (9)", rows={"public.parent": (1, 0, 0)})
    made = plan(world, add)
    with psycopg.connect(world) as other:
        other.execute("INSERT INTO public.parent VALUES (77)")
        row = other.execute("SELECT pg_current_xact_id()::text").fetchone()
        assert row
        other.rollback()
    with context(world, made, tmp_path) as at:
        at.journal.write("committing", "1", after=made.fingerprint, xid=row[0])
        assert execute(at, add).outcome is Outcome.DONE


def test_a_precondition_that_does_not_hold_stops_it(world: str, tmp_path: Path) -> None:
    guarded = replace(MAKE, precondition=there("public.nothing"))
    with pytest.raises(ApplyError, match="nothing is there"):
        run(world, tmp_path, guarded)
    assert value(world, "SELECT to_regclass('public.made') IS NULL")


def test_a_postcondition_that_does_not_hold_takes_it_back(world: str, tmp_path: Path) -> None:
    wrong = replace(MAKE, postcondition=there("public.something_else"))
    with pytest.raises(ApplyError, match="rolled back"):
        run(world, tmp_path, wrong)
    assert value(world, "SELECT to_regclass('public.made') IS NULL")


def test_a_file_cannot_lift_its_own_bounds(world: str, tmp_path: Path) -> None:
    endless = step(
        "1", "SET statement_timeout = 0", "SELECT pg_sleep(30)", statement_timeout_ms=100
    )
    with pytest.raises(ApplyError, match="57014"):
        run(world, tmp_path, endless)


def test_what_one_step_sets_is_gone_in_the_next(world: str, tmp_path: Path) -> None:
    sets = step("1", "SET search_path = pg_catalog", "SET lock_timeout = 0")
    asks = step(
        "2",
        "SELECT 1",
        postcondition=Condition("on the path", "SELECT current_schema() = 'public'"),
    )
    assert [each for each, _ in run(world, tmp_path, sets, asks)] == ["done", "already"]


def test_a_condition_cannot_write(world: str, tmp_path: Path) -> None:
    writes = Condition(
        "x", "WITH d AS (DELETE FROM public.child RETURNING 1) SELECT count(*) > 0 FROM d"
    )
    with pytest.raises(ApplyError, match="read-only"):
        run(world, tmp_path, step("1", "SELECT 1", precondition=writes))
    assert value(world, "SELECT count(*) FROM public.child") == 5


def test_a_condition_must_be_one_boolean(world: str, tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="one boolean"):
        run(world, tmp_path, step("1", "SELECT 1", postcondition=Condition("x", "SELECT 1")))


def test_a_lock_that_stays_taken_ends_in_a_refusal_with_the_tries(
    world: str, tmp_path: Path
) -> None:
    alter = step("1", "ALTER TABLE public.parent ADD COLUMN more int", lock_timeout_ms=30)
    with psycopg.connect(world) as other:
        other.execute("SELECT * FROM public.parent")
        with pytest.raises(ApplyError, match="3 tries of 30 ms") as caught:
            run(world, tmp_path, alter)
    assert "Nothing was changed." in str(caught.value)
    (folder,) = tmp_path.iterdir()
    assert [r.facts["sqlstate"] for r in read_journal(folder)] == ["55P03"] * 3


def test_a_lock_that_comes_free_is_waited_for(world: str, tmp_path: Path) -> None:
    alter = step("1", "ALTER TABLE public.parent ADD COLUMN more int", lock_timeout_ms=30)
    made = plan(world, alter)
    with context(world, made, tmp_path) as at, psycopg.connect(world) as other:
        other.execute("SELECT * FROM public.parent")
        at.progress = lambda event: other.rollback() if "try 3" in event.text else None
        result = execute(at, alter)
    assert (result.outcome, result.tries) == (Outcome.DONE, 3)


def test_a_change_by_another_session_between_two_steps_stops_us(world: str, tmp_path: Path) -> None:
    second = step("2", "INSERT INTO public.made VALUES (1)", rows={"public.made": (1, 0, 0)})
    with context(world, plan(world, MAKE, second), tmp_path) as at:
        execute(at, MAKE)
        sql(world, "CREATE INDEX by_hand ON public.parent (note)")
        with pytest.raises(PlanError, match="Another session") as caught:
            execute(at, second)
    assert "kept: 1" in str(caught.value)
    assert value(world, "SELECT count(*) FROM public.made") == 0


def test_a_change_during_a_step_shows_at_the_next(world: str, tmp_path: Path) -> None:
    second = step("2", "SELECT 1")
    with context(world, plan(world, MAKE, second), tmp_path) as at:
        real, asked = at.fingerprint, []

        def meddled(connection: psycopg.Connection[object]) -> str:
            asked.append(1)
            if len(asked) == 2:  # the one at the end of the first step's transaction
                sql(world, "CREATE INDEX by_hand ON public.parent (note)")
            return real(connection)

        at.fingerprint = meddled
        assert execute(at, MAKE).outcome is Outcome.DONE
        with pytest.raises(PlanError, match="Another session"):
            execute(at, second)


def test_a_lost_connection_is_said_and_a_rerun_finishes(world: str, tmp_path: Path) -> None:
    cut = step("2", "SELECT pg_terminate_backend(pg_backend_pid())")
    made = plan(world, MAKE, cut)
    with context(world, made, tmp_path) as at:
        execute(at, MAKE)
        with pytest.raises(ApplyError, match="connection to the database was lost"):
            execute(at, cut)
    with context(world, made, tmp_path) as at:
        assert execute(at, MAKE).outcome is Outcome.ALREADY


def test_an_error_does_not_quote_a_row(world: str, tmp_path: Path) -> None:
    sql(world, "CREATE TABLE public.mail (address text PRIMARY KEY)",
        "INSERT INTO public.mail VALUES ('ada@example.com')")  # fmt: skip
    twice = step("1", "INSERT INTO public.mail VALUES ('ada@example.com')")
    with pytest.raises(ApplyError, match=r"statement 1 of 1 \(INSERT\).*23505") as caught:
        run(world, tmp_path, twice)
    assert "example" not in str(caught.value)


def test_a_full_disk_stops_before_the_next_step(world: str, tmp_path: Path) -> None:
    made = plan(world, MAKE)
    with context(world, made, tmp_path) as at:
        (at.journal.folder / "journal.reserve").unlink()
        with pytest.raises(ApplyError, match="disk"):
            execute(at, MAKE)
    assert plan_hash(made)
    assert value(world, "SELECT to_regclass('public.made') IS NULL")
