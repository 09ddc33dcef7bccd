"""Every kind of drift is put back by a plan's own step: announced, locked as said, and undone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from reconcile_pipeline.apply.conditions import holds
from reconcile_pipeline.apply.rows.counters import changes, judge, observe
from reconcile_pipeline.attribution.model import Attribution
from reconcile_pipeline.attribution.unexplained import find
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.production import Production
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.flow.rehearsal.locks import Recorder
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.model import Inventory, Layout
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.plan.answers import findings
from reconcile_pipeline.plan.make import make_plan
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.shadow.platforms.source import Source, read_source
from reconcile_pipeline_tests.catalog.cases import Case, load
from reconcile_pipeline_tests.catalog.write.test_drift import (
    MEASURED,
    NOT_ADOPTED,
    NOT_RESTORED,
    try_case,
)

KINDS = load("drift")
ADOPTED = [case for case in KINDS if case.name not in NOT_ADOPTED]
#: No undo, since what was done cannot be taken back: a label of an enum, an invalid index.
NO_WAY_BACK = {"column_order", "index_invalid", "foreign_server_version", "foreign_table_option",
               "user_mapping_password"}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """A plan with all drift restored, and what came of its step."""

    plan: Plan
    answered: bool
    differing: tuple[str, ...]
    unforeseen: dict[str, str]
    way_back: tuple[str, ...]


def plan_of(
    current: Snapshot, end: Snapshot, source: Source, settings: Target
) -> tuple[Plan, Scan]:
    """A plan for a production that is as `current` where the files leave `end`."""
    found = find(end, current, frozenset((*end.ids(), *current.ids())), ())
    inventory = Inventory("migrations", Layout.FLAT, (), {}, "")
    history = HistoryState("none", present=False)
    scan = Scan(
        "kinds",
        Production(current, source, history, "f", "1"),
        inventory,
        Attribution((), found, end=end),
        DriftReport("kinds", "none", "f", "", (), found),
    )
    return make_plan("kinds", settings, scan), scan


@pytest.fixture(scope="session")
def restored(base: str, before: Snapshot) -> Callable[[Case], Outcome]:
    known: dict[str, Outcome] = {}

    def outcome(case: Case) -> Outcome:
        if case.name not in known:
            known[case.name] = _restore(base, before, case)
        return known[case.name]

    return outcome


@pytest.fixture(scope="session")
def before(base: str, odd_role: str) -> Snapshot:
    """The base, read when the server's own roles are all there: another module makes one."""
    assert odd_role
    with psycopg.connect(base, autocommit=True) as connection:
        return read(connection)


def _restore(base: str, before: Snapshot, case: Case) -> Outcome:
    with psycopg.connect(base) as connection:
        source = read_source(connection, MANAGED_SCHEMAS)
        connection.execute(case.sql.encode())
        drifted = read(connection)
        plan, scan = plan_of(drifted, before, source, Target.model_validate({"restore": ["all"]}))
        named = {answer for step in plan.steps for answer in step.answers} | plan.declined.keys()
        unforeseen: dict[str, str] = {}
        steps = [step for step in plan.steps if step.kind is StepKind.RESTORE]
        for step in steps:
            recorder = Recorder(connection)
            recorder.begin()
            held = _locks(connection)
            assert step.precondition is None or holds(connection, step.precondition), step.id
            # One that holds before would have the step passed over as done.
            assert step.postcondition is None or not holds(connection, step.postcondition), step.id
            start = observe(connection)
            for sql in step.statements:
                connection.execute(in_transaction(sql).encode())
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            judge(step, changes(connection, start), start.roots())
            recorder.look()
            new = {oid: mode for oid, mode in recorder.seen.items() if (oid, mode) not in held}
            recorder.seen = new
            if step.transactional:  # others lock less than they do here
                unforeseen |= recorder.unforeseen(step.locks or {})
            assert step.postcondition is None or holds(connection, step.postcondition), step.id
        differing = tuple(str(d.id) for d in compare(before, read(connection)))
        way_back: tuple[str, ...] = ("none",)
        if any(step.undo for step in steps):
            for step in reversed(steps):
                for sql in step.undo:
                    connection.execute(in_transaction(sql).encode())
            way_back = tuple(str(d.id) for d in compare(drifted, read(connection)))
        connection.rollback()
    answered = set(findings(scan.report)) <= named
    return Outcome(plan, answered, differing, unforeseen, way_back)


def in_transaction(sql: str) -> str:
    """All of a case is one transaction here, in which nothing is built or dropped CONCURRENTLY."""
    return re.sub(r"\bCONCURRENTLY ", "", sql)


def _locks(connection: psycopg.Connection[tuple[object, ...]]) -> set[tuple[int, str]]:
    """What the drift itself, in the same transaction, holds already."""
    recorder = Recorder(connection)
    recorder.begin()
    recorder.look()
    return set(recorder.seen.items())


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_a_plan_restores_it(case: Case, restored: Callable[[Case], Outcome]) -> None:
    outcome = restored(case)
    assert outcome.answered
    assert outcome.unforeseen == {}
    if case.name == "column_order":
        assert not outcome.plan.steps  # the order of columns is nobody's drift to a plan
    elif case.name in NOT_RESTORED:
        assert outcome.plan.declined or outcome.plan.warnings
    else:
        assert (outcome.differing, dict(outcome.plan.declined)) == ((), {})
        assert outcome.way_back in ((), ("none",))
        assert (outcome.way_back == ()) or case.name in NO_WAY_BACK


@pytest.mark.soak
@pytest.mark.parametrize("case", ADOPTED, ids=lambda case: case.name)
def test_a_reconciliation_migration_adopts_it(case: Case, base: str, before: Snapshot) -> None:
    """Run after the files, it makes what people made: written from production's definitions."""
    with psycopg.connect(base) as connection:
        source = read_source(connection, MANAGED_SCHEMAS)
        connection.execute(case.sql.encode())
        drifted = read(connection)
        connection.rollback()
        plan, _ = plan_of(drifted, before, source, Target.model_validate({}))
        assert plan.declined == {}
        (text,) = [action.content for action in plan.files if action.action == "create"]
        for statement in split(text):
            connection.execute(statement.sql.encode())
        left = compare(read(connection), drifted)
        connection.rollback()
    assert left == ()


@pytest.mark.parametrize("seed", range(6))
def test_every_finding_of_random_drift_has_a_step_or_a_reason(
    seed: int, base: str, before: Snapshot
) -> None:
    """Some of it restored, some adopted; what is restored is gone, the rest is as it was."""
    choice = random.Random(seed)
    pile = choice.sample([case for case in KINDS if case.name not in NOT_RESTORED], 5)
    with psycopg.connect(base) as connection:
        source = read_source(connection, MANAGED_SCHEMAS)
        for case in pile:
            try_case(connection, case)
        drifted = read(connection)
        _, scan = plan_of(drifted, before, source, Target.model_validate({}))
        ids = sorted(str(entry.id) for entry in scan.report.unexplained)
        wanted = choice.sample(ids, choice.randint(0, len(ids)))
        settings = Target.model_validate({"restore": wanted, "adopt": choice.random() < 0.7})
        plan, _ = plan_of(drifted, before, source, settings)
        assert set(ids) == set(findings(scan.report))
        for finding in ids:
            answering = [step.id for step in plan.steps if finding in step.answers]
            assert bool(answering) != (finding in plan.declined), (finding, answering)
            if finding in wanted and finding not in plan.declined:
                assert all(name.startswith("restore") for name in answering)
        for step in plan.steps:
            for sql in step.statements:
                connection.execute(in_transaction(sql).encode())
        left = {str(d.id) for d in compare(before, read(connection))}
        connection.rollback()
    assert not left & (set(wanted) - plan.declined.keys())


def test_plans_restore_at_least_70_of_the_74_kinds(restored: Callable[[Case], Outcome]) -> None:
    count = sum(not restored(case).differing for case in KINDS)
    print(f"restored by plans: {count} of {MEASURED}")
    assert count >= 70
