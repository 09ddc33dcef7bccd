"""A restore in steps: nobody waits for a search of all rows, and what is cut off is finished."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import Planned, make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.undo import carry_out, prepare_undo
from reconcile_pipeline.plan.model import StepKind

FILE = """
CREATE TABLE public.towns (id int PRIMARY KEY, name text NOT NULL, people int,
  CONSTRAINT towns_people CHECK (people > 0));
CREATE TABLE public.shops (id int PRIMARY KEY, name text NOT NULL, town int, size int,
  CONSTRAINT shops_town FOREIGN KEY (town) REFERENCES public.towns);
CREATE INDEX shops_by_town ON public.shops (town) WHERE size > 1;
COMMENT ON INDEX public.shops_by_town IS 'where they are';
CREATE TABLE public.notes (id int PRIMARY KEY, said text NOT NULL, at date,
  CONSTRAINT "notes, said" UNIQUE (said));
CREATE TABLE public.plain (id int PRIMARY KEY, name text NOT NULL, at date);
CREATE INDEX plain_at ON public.plain (at);
CREATE VIEW public.recent AS SELECT name FROM public.plain WHERE at > '2025-01-01';
"""
HISTORY = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'shops');
"""
BY_HAND = """
INSERT INTO public.towns VALUES (1, 'Paris', 9);
INSERT INTO public.shops VALUES (1, 'corner', 1, 4);
ALTER TABLE public.towns DROP CONSTRAINT towns_people;
ALTER TABLE public.shops DROP CONSTRAINT shops_town;
ALTER TABLE public.notes DROP CONSTRAINT "notes, said";
ALTER TABLE public.plain ALTER COLUMN name DROP NOT NULL;
DROP INDEX public.shops_by_town;
CREATE INDEX shops_by_town ON public.shops (town);
CREATE INDEX extra ON public.shops (name);
"""


LEFT = 'ALTER TABLE plain ADD CONSTRAINT "at_is_not_null__check" CHECK ("at" IS NOT NULL) NOT VALID'


@dataclass(frozen=True)
class Drifted:
    """A production put out of shape, and what it was like before."""

    target: ResolvedTarget
    wanted: Snapshot

    def left(self) -> tuple[str, ...]:
        with psycopg.connect(self.target.dsn) as connection:
            return tuple(str(d.id) for d in compare(self.wanted, read(connection)))


@pytest.fixture
def drifted(database: str, tmp_path: Path) -> Iterator[Drifted]:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_shops.sql").write_text(FILE)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(HISTORY + FILE)
        wanted = read(connection)
        connection.execute(BY_HAND)
    settings = Target.model_validate({"restore": ["all"]})
    yield Drifted(
        ResolvedTarget("shops", settings, database, tmp_path / "migrations", tmp_path / "evidence"),
        wanted,
    )


def planned(drifted: Drifted) -> Planned:
    made = make_and_write_plan(drifted.target)
    assert made.rehearsal.held, made.rehearsal.problems
    approve_plan(drifted.target, made.run, "Ada")
    return made


def test_a_restore_searched_all_rows_while_nobody_could_write(drifted: Drifted) -> None:
    plan = planned(drifted).plan
    first, *apart = [step for step in plan.steps if step.kind is StepKind.RESTORE]
    assert first.transactional
    assert not [sql for sql in first.statements if "VALIDATE" in sql or "CREATE" in sql]
    assert sum("NOT VALID" in sql for sql in first.statements) == 3
    for step in apart:
        strong = "ACCESS EXCLUSIVE" in (step.locks or {}).values()
        searches = [sql for sql in step.statements if "VALIDATE" in sql or "CREATE" in sql]
        # What sets NOT NULL, or makes an index a constraint's, needs the lock for a moment only.
        assert not strong or step.statements[0].startswith("ALTER TABLE")
        assert not (searches and "SHARE" in (step.locks or {}).values())
    built = [step.statements for step in apart if not step.transactional]
    assert all(len(sql) == 1 and "CONCURRENTLY" in sql[0] for sql in built)
    # One that was changed, and a key's; and before the new one the old one stays.
    assert sum(sql[0].startswith("CREATE") for sql in built) == 2
    assert sum(sql[0].startswith("DROP") for sql in built) == 2


def test_a_restore_that_is_stopped_before_each_of_its_steps_is_finished(drifted: Drifted) -> None:
    made = planned(drifted)
    stops = [step.id for step in made.plan.steps if step.kind is StepKind.RESTORE]
    assert len(stops) == 10
    for stop in stops:

        def cut(event: Event, stop: str = stop) -> None:
            if event.step == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            apply_plan(drifted.target, made.run, events=cut)
    applied = apply_plan(drifted.target, made.run)
    assert applied.ok, applied.promises
    assert drifted.left() == ()
    waiting = prepare_undo(drifted.target, made.run)
    approve_plan(drifted.target, waiting.undo, "Ada")
    assert carry_out(drifted.target, waiting).restored


def test_what_a_killed_build_of_an_index_leaves_is_dropped_and_built(drifted: Drifted) -> None:
    dsn = drifted.target.dsn
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(LEFT.replace('"at', '"name'))  # so it is of an earlier plan's NOT NULL
    made = planned(drifted)
    with psycopg.connect(dsn) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT")  # a build waits for all that may look at what was before it

        def kill() -> None:
            with psycopg.connect(dsn, autocommit=True) as admin:
                until = time.monotonic() + 30
                while time.monotonic() < until:
                    if admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE query LIKE 'CREATE%CONCURRENTLY%' AND wait_event_type = 'Lock'"
                    ).fetchall():
                        return
                    time.sleep(0.01)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(ReconcileError):
            apply_plan(drifted.target, made.run)
        killer.join()
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indisready"
        ).fetchone()
        assert found == (1,)
    applied = apply_plan(drifted.target, made.run)
    assert applied.ok, applied.promises
    assert drifted.left() == ()


def test_a_restore_of_all_dropped_the_check_that_a_completion_was_to_use(drifted: Drifted) -> None:
    (drifted.target.directory / "002_more.sql").write_text(
        "CREATE TABLE public.more (id int PRIMARY KEY);\n"
        "ALTER TABLE public.plain ALTER COLUMN at SET NOT NULL;\n"
    )
    with psycopg.connect(drifted.target.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.more (id int PRIMARY KEY)")
        connection.execute(LEFT)
    plan = planned(drifted).plan
    drops = [s for s in plan.steps for sql in s.statements if 'DROP CONSTRAINT "at_is_not' in sql]
    assert [(step.kind, step.id) for step in drops] == [(StepKind.COMPLETION, "complete-002")]
    assert "constraint public.plain.at_is_not_null__check" in drops[0].answers


KEYS = """
CREATE TABLE public.seats (id int CONSTRAINT seats_key PRIMARY KEY, row text NOT NULL, place int,
  CONSTRAINT seats_taken UNIQUE (row, place));
COMMENT ON CONSTRAINT seats_taken ON public.seats IS 'one each';
"""
OTHER_KEYS = """
INSERT INTO public.seats VALUES (1, 'a', 1), (2, 'a', 2);
ALTER TABLE public.seats DROP CONSTRAINT seats_taken, DROP CONSTRAINT seats_key;
ALTER TABLE public.seats ADD CONSTRAINT seats_taken UNIQUE (place, row),
  ADD CONSTRAINT seats_key PRIMARY KEY (id, row);
"""


def test_a_key_that_was_changed_was_built_while_nobody_could_read_the_table(
    drifted: Drifted,
) -> None:
    (drifted.target.directory / "001_shops.sql").write_text(FILE + KEYS)
    with psycopg.connect(drifted.target.dsn, autocommit=True) as connection:
        connection.execute(KEYS)
        wanted = read(connection)
        connection.execute(OTHER_KEYS)
    settings = Target.model_validate({"restore": ["public.seats.*"]})
    target = replace(drifted.target, settings=settings)
    seats = Drifted(target, wanted)
    made = planned(seats)
    steps = [step for step in made.plan.steps if step.kind is StepKind.RESTORE]
    for step in steps:
        adds = [sql for sql in step.statements if " ADD " in sql or "CREATE" in sql]
        assert adds and all("CONCURRENTLY" in sql or "USING INDEX" in sql for sql in adds)
    assert [step.transactional for step in steps] == [False, True, False, True]

    def cut(event: Event) -> None:
        if event.step == steps[1].id:  # the index is built, and the key still the old one
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_plan(target, made.run, events=cut)
    assert apply_plan(target, made.run).ok
    assert seats.left() == ()
    waiting = prepare_undo(target, made.run)
    approve_plan(target, waiting.undo, "Ada")
    assert carry_out(target, waiting).restored


def test_an_index_was_built_under_a_lock_since_a_column_lost_its_not_null(
    drifted: Drifted,
) -> None:
    with psycopg.connect(drifted.target.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE public.notes ALTER COLUMN at SET NOT NULL")
        connection.execute("ALTER TABLE public.shops ALTER COLUMN size SET DEFAULT 3")
    made = planned(drifted)
    steps = [step for step in made.plan.steps if step.kind is StepKind.RESTORE]
    (index,) = (
        s for step in steps for s in step.statements if "CREATE" in s and "shops_by_town ON" in s
    )
    assert index.startswith("CREATE INDEX CONCURRENTLY")
    assert any("DROP DEFAULT" in sql for sql in steps[0].statements)
    assert any("at DROP NOT NULL" in sql for sql in steps[0].statements)
    assert apply_plan(drifted.target, made.run).ok
    assert drifted.left() == ()


def test_a_column_that_old_rows_have_no_value_for_was_put_down_to_made_up_rows(
    drifted: Drifted,
) -> None:
    with psycopg.connect(drifted.target.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE public.shops DROP COLUMN name")
    why = planned(drifted).plan.declined["column public.shops.name"]
    assert "23502" in why and ").;" not in why and "made up" not in why
    assert why.endswith("the rows that are there have no value for it, and it has no default.")
