"""Rehearsal: what a plan must hold on a twin, and how it is told where it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.approval import read_approval
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.errors import ApprovalError, PlanError
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import make_and_write_plan, plan_for
from reconcile_pipeline.flow.rehearsal.rehearse import kept_rehearsal, rehearse
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Condition, Plan, Step, StepKind
from reconcile_pipeline.plan.rehearsal import Question, Rehearsal
from reconcile_pipeline.shadow.servers.server import Server

FILE_1 = """
CREATE TABLE teams (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id bigint NOT NULL REFERENCES teams, mail text NOT NULL CHECK (mail LIKE '%@%'));
"""
FILE_2 = """
ALTER TABLE members ADD COLUMN joined timestamptz NOT NULL DEFAULT now();
CREATE TRIGGER members_same BEFORE UPDATE ON members
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE teams ADD COLUMN slug text DEFAULT 'none';
"""
RAN = "ALTER TABLE members ADD COLUMN joined timestamptz NOT NULL DEFAULT now();"


@dataclass(frozen=True)
class World:
    """A half-applied file, and an index that somebody made by hand."""

    target: ResolvedTarget
    scan: Scan
    plan: Plan


@pytest.fixture(scope="module")
def world(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests: a rehearsal only reads production."""
    name = f"rehearsed_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield _world(server.dsn(name), tmp_path_factory.mktemp("rehearsed"))
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _world(database: str, tmp_path: Path) -> World:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_teams.sql").write_text(FILE_1)
    (tmp_path / "migrations/002_joined.sql").write_text(FILE_2)
    with psycopg.connect(database, autocommit=True) as connection:
        for sql in (FILE_1, RAN, "CREATE INDEX by_mail ON members (mail)"):
            connection.execute(sql.encode())
        connection.execute("INSERT INTO teams (name) VALUES ('a real team')")
    target = ResolvedTarget(
        "teams",
        Target.model_validate({"history": "supabase"}),
        database,
        tmp_path / "migrations",
        tmp_path / "evidence",
    )
    scan = scan_target(target)
    return World(target, scan, plan_for(target, scan))


def answers(rehearsal: Rehearsal) -> dict[Question, bool | None]:
    return {answer.question: answer.held for answer in rehearsal.answers}


def with_step(plan: Plan, **changes: object) -> Plan:
    """The plan with its completion changed."""
    steps = tuple(
        replace(step, **changes) if step.kind is StepKind.COMPLETION else step  # type: ignore[arg-type]
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def completion(plan: Plan) -> Step:
    return next(step for step in plan.steps if step.kind is StepKind.COMPLETION)


def test_a_plan_that_holds(world: World) -> None:
    planned = make_and_write_plan(world.target, world.scan)
    rehearsal = planned.rehearsal
    assert rehearsal.held, rehearsal.problems
    assert set(answers(rehearsal).values()) == {True}
    assert rehearsal.rows == {"public.members": 3, "public.teams": 3}
    step = completion(planned.plan)
    ran = next(each for each in rehearsal.steps if each.step == step.id)
    assert (ran.outcome, dict(ran.unforeseen or {})) == ("done", {})
    assert dict(ran.locks or {}) == {
        "public.members": "SHARE ROW EXCLUSIVE",
        "public.teams": "ACCESS EXCLUSIVE",
    } == dict(step.locks or {})  # fmt: skip
    # It is in the evidence, and the same plan is not rehearsed twice.
    assert verify(planned.run.evidence, growing=True).problem == ""
    assert kept_rehearsal(planned.run) == rehearsal
    assert make_and_write_plan(world.target, world.scan).rehearsal == rehearsal
    # Production was only read.
    with psycopg.connect(world.target.dsn) as connection:
        found = connection.execute("SELECT count(*), min(name) FROM teams").fetchone()
        assert found == (1, "a real team")
        made = connection.execute("SELECT count(*) FROM pg_trigger").fetchone()
        assert made == (4,)  # those of the foreign key


def test_a_lock_that_the_plan_does_not_name_fails(world: World) -> None:
    weaker = with_step(world.plan, locks={"public.teams": "SHARE"})
    found = rehearse(world.target, world.scan, weaker)
    assert answers(found)[Question.LOCKS] is False
    assert not found.held
    assert any("takes ACCESS EXCLUSIVE on public.teams" in p for p in found.problems)
    assert any("takes SHARE ROW EXCLUSIVE on public.members" in p for p in found.problems)


def test_each_broken_promise_is_told(world: World) -> None:
    never = Condition("the moon is there", "SELECT false")
    missing = rehearse(world.target, world.scan, with_step(world.plan, precondition=never))
    assert answers(missing)[Question.PRECONDITIONS] is False
    assert answers(missing)[Question.CATALOG] is None
    assert any("the moon is there" in problem for problem in missing.problems)

    statements = (*completion(world.plan).statements, "ALTER TABLE teams ADD COLUMN extra int")
    other = with_step(world.plan, statements=statements)
    more = rehearse(world.target, world.scan, other)
    assert answers(more)[Question.CATALOG] is False
    assert answers(more)[Question.UNDO] is True  # what its own undo leaves, `reconcile undo` takes
    assert any("column public.teams.extra" in problem for problem in more.problems)

    failing = with_step(
        world.plan,
        statements=("ALTER TABLE teams ADD COLUMN n int NOT NULL",),  # as there are rows
    )
    failed = rehearse(world.target, world.scan, failing)
    assert answers(failed)[Question.STEPS] is False
    assert not failed.held

    twice = with_step(
        world.plan,
        statements=("INSERT INTO teams (name) SELECT 'x' || count(*) FROM teams",),
        rows={"public.teams": (None, 0, 0)},
        precondition=Condition("it is the first", "SELECT count(*) < 4 FROM public.teams"),
        postcondition=None,
    )
    # Nothing in the database tells that it is done, but the journal does, as it does in an apply.
    noted = rehearse(world.target, world.scan, twice)
    assert answers(noted)[Question.SECOND_RUN] is True
    forgets = Condition(
        "it is just written",
        "SELECT EXISTS (SELECT FROM teams WHERE xmin::text = pg_current_xact_id()::text)",
    )
    again = rehearse(world.target, world.scan, with_step(twice, postcondition=forgets))
    assert answers(again)[Question.SECOND_RUN] is False


def test_what_may_not_be_read_is_named_where_a_condition_misses_it(
    world: World, server: Server
) -> None:
    name = f"poor_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN")
        try:
            poor = replace(world.target, dsn=f"{world.target.dsn} user={name}")
            found = rehearse(poor, world.scan, world.plan)
        finally:
            admin.execute(f"DROP ROLE {name}")
    assert not found.held
    assert "the copy lacks public." in found.problems[0]
    assert "may not read" in found.problems[0]


def test_a_production_that_cannot_be_copied_is_an_answer(world: World) -> None:
    found = rehearse(
        replace(world.target, dsn=f"{world.target.dsn} user=nobody_there"), world.scan, world.plan
    )
    assert not found.held
    (problem,) = found.problems
    assert "no copy of production could be made" in problem


def test_what_runs_outside_a_transaction_is_watched_too(world: World) -> None:
    alone = Step(
        "alone",
        StepKind.COMPLETION,
        "an index",
        ("CREATE INDEX CONCURRENTLY members_team ON members (team_id)",),
        ("002",),
        locks={},
        postcondition=Condition(
            "the index is there", "SELECT to_regclass('public.members_team') IS NOT NULL"
        ),
        undo=("DROP INDEX CONCURRENTLY public.members_team",),
        transactional=False,
    )
    found = rehearse(world.target, world.scan, replace(world.plan, steps=(alone,), files=()))
    (step,) = found.steps
    assert step.outcome == "done"
    assert step.locks == {"public.members": "SHARE UPDATE EXCLUSIVE"}
    assert answers(found)[Question.LOCKS] is False
    assert answers(found)[Question.UNDO] is True


def test_a_plan_whose_rehearsal_failed_or_is_missing_is_not_approved(world: World) -> None:
    from reconcile_pipeline.flow import run as runs
    from reconcile_pipeline.flow import stages

    weaker = with_step(world.plan, locks={})
    run = runs.begin(world.target, weaker, lambda bundle: None)
    with pytest.raises(ApprovalError, match="was not rehearsed"):
        approve_plan(world.target, run, "Ada")
    failed = rehearse(world.target, world.scan, weaker)
    run.bundle(world.target).add(stages.REHEARSAL, failed)
    with pytest.raises(ApprovalError, match="rehearsal of the plan failed"):
        approve_plan(world.target, run, "Ada")
    assert not run.approval.exists()
    approve_plan(world.target, run, "Ada", unrehearsed="the locks are known to be short")
    assert "the locks are known to be short" in read_approval(run.approval).note


def test_restoring_takes_what_was_made_by_hand_away_again(world: World) -> None:
    planned = make_and_write_plan(world.target, world.scan, restore=["public.by_mail"])
    assert planned.rehearsal.held, planned.rehearsal.problems
    step = planned.plan.steps[0]
    assert step.kind is StepKind.RESTORE
    assert step.statements == ("DROP INDEX CONCURRENTLY public.by_mail",)
    assert step.answers == ("index public.by_mail",)
    assert planned.plan.restore == ("public.by_mail",)
    files = [f.content for f in planned.plan.files if f.action == "create"]
    assert files
    assert not any("by_mail" in content for content in files)
    with pytest.raises(PlanError, match="by_male"):
        plan_for(world.target, world.scan, ["public.by_male"])
