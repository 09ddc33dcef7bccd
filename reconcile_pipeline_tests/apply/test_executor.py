"""A step runs once, within its bounds, and does nothing that it did not announce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.context import Limits, Outcome
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.outside import settle_crash
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Condition, Step
from reconcile_pipeline_tests.apply.making import (
    QUICK,
    context,
    fingerprint,
    plan,
    sql,
    step,
    there,
    value,
)  # fmt: skip

MAKE = step(
    "1", "CREATE TABLE public.made (id int PRIMARY KEY)", postcondition=there("public.made")
)


@pytest.fixture
def world(database: str) -> Iterator[str]:
    """Two tables with rows, one pointing at the other, and a partitioned one."""
    sql(
        database,
        "CREATE TABLE public.parent (id int PRIMARY KEY, note text)",
        "CREATE TABLE public.child (id int PRIMARY KEY,"
        " parent int REFERENCES public.parent ON DELETE CASCADE)",
        "INSERT INTO public.parent SELECT g, 'x' FROM generate_series(1, 5) g",
        "INSERT INTO public.child SELECT g, g FROM generate_series(1, 5) g",
        "CREATE TABLE public.parted (id int) PARTITION BY LIST (id)",
        "CREATE TABLE public.part_1 PARTITION OF public.parted FOR VALUES IN (1)",
    )
    yield database


def run(dsn: str, folder: Path, *steps: Step, limits: Limits = QUICK) -> list[tuple[str, object]]:
    with context(dsn, plan(dsn, *steps), folder, limits) as made:
        return [(r.outcome.value, dict(r.rows)) for r in (execute(made, each) for each in steps)]


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


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM public.child WHERE id = 1", "deletes 1 rows of public.child"),
        ("DELETE FROM public.parent WHERE id = 1", "deletes 1 rows of public"),  # cascades
        ("TRUNCATE public.child", "truncates or rewrites public.child"),
        ("TRUNCATE public.parent CASCADE", "truncates or rewrites public"),
        ("UPDATE public.parent SET note = 'y' WHERE id < 3", "updates 2 rows of public.parent"),
        ("INSERT INTO public.parent VALUES (9)", "inserts 1 rows of public.parent"),
        ("DROP TABLE public.child", "drops public.child"),
        ("ALTER TABLE public.parent DROP COLUMN note", "drops public.parent.note"),
        ("ALTER TABLE public.parent ALTER note TYPE int USING NULL", "truncates or rewrites"),
        ("DO $$ BEGIN DELETE FROM public.child; END $$", "deletes 5 rows of public.child"),
        ("INSERT INTO public.parted VALUES (1)", "inserts 1 rows of public.part_1"),
        ("CREATE TABLE public.copied AS SELECT * FROM public.parent", "inserts 5 rows"),
    ],
)
def test_what_was_not_announced_is_rolled_back(
    world: str, tmp_path: Path, statement: str, what: str
) -> None:
    before = sql(world, "SELECT * FROM public.parent, public.child ORDER BY 1, 3")
    with pytest.raises(ApplyError, match=what):
        run(world, tmp_path, step("1", statement))
    assert sql(world, "SELECT * FROM public.parent, public.child ORDER BY 1, 3") == before
    assert not any(r.event == "committing" for f in tmp_path.iterdir() for r in read_journal(f))


@pytest.mark.parametrize(
    ("statement", "announced"),
    [
        ("DELETE FROM public.child WHERE id = 1", {"rows": {"public.child": (0, 0, 1)}}),
        ("TRUNCATE public.child", {"rows": {"public.child": (0, 0, None)}}),
        ("DROP TABLE public.child", {"rows": {"public.child": (0, 0, None)}}),
        ("ALTER TABLE public.parent DROP COLUMN note",
         {"rows": {"public.parent.note": (0, 0, None)}}),
        ("ALTER TABLE public.parent ALTER note TYPE int USING NULL",
         {"rewrites": ("public.parent",)}),
        ("INSERT INTO public.parted VALUES (1)", {"rows": {"public.parted": (1, 0, 0)}}),
    ],
)  # fmt: skip
def test_what_was_announced_is_done(
    world: str, tmp_path: Path, statement: str, announced: dict[str, object]
) -> None:
    assert run(world, tmp_path, step("1", statement, **announced))[0][0] == "done"


def test_a_rewrite_that_also_empties_the_table_is_rolled_back(world: str, tmp_path: Path) -> None:
    sneaky = step(
        "1", "ALTER TABLE public.child ALTER id TYPE bigint", "TRUNCATE public.child",
        rewrites=("public.child",),
    )  # fmt: skip
    with pytest.raises(ApplyError, match="leaves 0 rows"):
        run(world, tmp_path, sneaky)
    assert value(world, "SELECT count(*) FROM public.child") == 5


def test_rows_that_a_deferred_trigger_deletes_are_counted(world: str, tmp_path: Path) -> None:
    sql(
        world,
        "CREATE FUNCTION public.wipe() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN DELETE FROM public.child; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.parent"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.wipe()",
    )
    add = step("1", "INSERT INTO public.parent VALUES (9)", rows={"public.parent": (1, 0, 0)})
    with pytest.raises(ApplyError, match="deletes 5 rows"):
        run(world, tmp_path, add)
    assert value(world, "SELECT count(*) FROM public.child") == 5


def test_counts_of_one_transaction_do_not_spill_into_the_next(world: str, tmp_path: Path) -> None:
    first = step("1", "DELETE FROM public.child WHERE id = 1", rows={"public.child": (0, 0, 1)})
    assert run(world, tmp_path, first, replace(MAKE, id="2"))[1] == ("done", {})


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT", "  /* x */ commit", "ROLLBACK", "BEGIN", "SAVEPOINT x", "END",
        "SELECT 1; COMMIT; DELETE FROM public.child",
        "PREPARE TRANSACTION 'x'",
        "DO $$ BEGIN DELETE FROM public.child; COMMIT; END $$",
    ],
)  # fmt: skip
def test_no_statement_ends_our_transaction(world: str, tmp_path: Path, statement: str) -> None:
    with pytest.raises(ApplyError):
        run(world, tmp_path, step("1", "DELETE FROM public.child WHERE id = 1", statement))
    assert value(world, "SELECT count(*) FROM public.child") == 5


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


def test_a_full_disk_stops_before_the_next_step(world: str, tmp_path: Path) -> None:
    made = plan(world, MAKE)
    with context(world, made, tmp_path) as at:
        (at.journal.folder / "journal.reserve").unlink()
        with pytest.raises(ApplyError, match="disk"):
            execute(at, MAKE)
    assert plan_hash(made)
    assert value(world, "SELECT to_regclass('public.made') IS NULL")
