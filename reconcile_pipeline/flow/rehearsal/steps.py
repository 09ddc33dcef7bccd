"""Run a plan's steps on a twin, by the very code that applies them to production."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.backfills.backfill import run_backfill
from reconcile_pipeline.apply.conditions import holds, unmet
from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context, Limits, StepResult
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.apply.histories.update import undo_sql, update_history
from reconcile_pipeline.errors import ApplyError, ReconcileError
from reconcile_pipeline.flow.rehearsal.locks import Recorder, WatchedJournal, watched_from_outside
from reconcile_pipeline.history.model import History
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.migrations.tags import tag
from reconcile_pipeline.plan.model import Condition, Plan, Step, StepKind
from reconcile_pipeline.plan.rehearsal import FAILED, RehearsedStep
from reconcile_pipeline.shadow.platforms.for_owner import for_owner
from reconcile_pipeline.shadow.twin import Twin


@dataclass(frozen=True, slots=True)
class Work:
    """What the steps need besides the twin."""

    plan: Plan
    plan_hash: str
    folder: Path
    history: History | None
    files: Sequence[MigrationFile]
    admins: Sequence[str]


@dataclass(slots=True)
class Ran:
    """How one run of all steps went: the steps, and what speaks against them."""

    steps: list[RehearsedStep] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # preconditions
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # postconditions
    locks: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)  # what failed steps were to answer

    def goes_on(self, step: Step) -> bool:
        """Whether it is worth trying: once a step failed, only what completes other migrations."""
        if not (self.failed or self.missing):
            return True
        return step.kind is StepKind.COMPLETION and self.left.isdisjoint(step.answers)


def run_steps(twin: Twin, work: Work) -> Ran:
    """Every step that touches a database, in order. After one that fails, completions of other
    migrations are tried all the same: so all that cannot be completed is known at once.
    """
    ran = Ran()
    with twin.connect() as connection, twin.connect(as_superuser=True) as admin:
        recorder = Recorder(connection)
        lock.acquire(connection)
        with WatchedJournal(work.folder, work.plan_hash, recorder) as journal:
            context = Context(
                connection, work.plan, journal,
                fingerprint=lambda _: work.plan.fingerprint, limits=Limits(tries=1),
            )  # fmt: skip
            for step in work.plan.steps:
                if step.kind is StepKind.FILES:
                    continue
                if not ran.goes_on(step):
                    ran.steps.append(RehearsedStep(step.id, "not_run"))
                    continue
                _step(context, work, step, recorder, admin, ran)
    return ran


def _step(
    context: Context,
    work: Work,
    step: Step,
    recorder: Recorder,
    admin: Connection[Any],
    ran: Ran,
) -> None:
    own, switched = context.connection, _needs_superuser(step)
    recorder.connection = admin if switched else own
    recorder.begin()
    begun = time.monotonic()
    if step.postcondition is not None:
        done_before = _holds(admin, step.postcondition)
    else:  # as in an apply, the journal tells
        done_before = bool(context.journal.of(step.id, "finished"))
    error, result = "", None
    reason, sqlstate, statement = "", "", 0
    if step.precondition and not done_before and not _holds(admin, step.precondition):
        error = f"it does not hold that {_unmet(admin, step.precondition)}"
        ran.missing.append(f"{step.id}: {error}")
    if switched:  # hosted platforms run it for an ordinary owner
        _hand_over(own, admin)
        context.connection = admin
    try:
        if not error:
            result = _run(context, work, step, recorder, admin)
    except (ReconcileError, psycopg.Error) as caught:
        said = caught.message if isinstance(caught, ReconcileError) else str(caught)
        error = said.splitlines()[0]
        if isinstance(caught, ApplyError):
            reason, sqlstate = caught.reason, caught.sqlstate
            statement = caught.statement
        elif isinstance(caught, psycopg.Error):
            sqlstate = caught.sqlstate or ""
        ran.failed.append(f"{step.id}: {error}")
    finally:
        if switched:
            _hand_over(admin, own)
        context.connection = own
    if result and step.postcondition and not _holds(admin, step.postcondition):
        ran.broken.append(f"{step.id}: it does not hold that {_unmet(admin, step.postcondition)}")
    if error:
        ran.left.update(step.answers)
    unforeseen = recorder.unforeseen(step.locks or {})
    known = step.locks or {}
    ran.locks += [
        f"{step.id}: takes {mode} on {name}, and the plan says {known.get(name, 'none')}"
        for name, mode in unforeseen.items()
    ]
    ran.steps.append(
        RehearsedStep(
            step.id,
            FAILED if error else result.outcome.value if result else "not_run",
            round((time.monotonic() - begun) * 1000),
            recorder.held(),
            unforeseen,
            dict(result.rows) if result else {},
            error,
            reason,
            sqlstate,
            statement,
        )
    )


def _run(
    context: Context, work: Work, step: Step, recorder: Recorder, admin: Connection[Any]
) -> StepResult:
    if step.kind is StepKind.BACKFILL:
        return run_backfill(context, step, work.admins)
    if step.kind is StepKind.HISTORY:
        if work.history is None:
            raise ReconcileError("The plan changes the history, and there is none.")
        return update_history(context, step, work.history, work.files)
    if not step.transactional:
        with watched_from_outside(recorder, admin, step.locks or ()):
            return execute(context, step)
    return execute(context, step)


def _hand_over(giver: Connection[Any], taker: Connection[Any]) -> None:
    """The target's lock, which every transaction wants to be its own session's."""
    giver.execute("SELECT pg_catalog.pg_advisory_unlock_all()")
    lock.acquire(taker)


def _holds(admin: Connection[Any], condition: Condition) -> bool:
    with admin.transaction(force_rollback=True):
        return holds(admin, condition)


def _unmet(admin: Connection[Any], condition: Condition) -> str:
    with admin.transaction(force_rollback=True):
        return unmet(admin, condition)


def _needs_superuser(step: Step) -> bool:
    return any(for_owner(tag(sql), sql) is not None for sql in step.statements)


def take_back(twin: Twin, work: Work) -> tuple[list[str], list[str]]:
    """Undo all steps, last one first: what went wrong, and the steps that have no way back."""
    problems: list[str] = []
    without: list[str] = []
    for step in reversed(work.plan.steps):
        statements: Sequence[str] = step.undo
        if step.kind is StepKind.HISTORY:
            statements = undo_sql(work.folder)
        elif step.kind in (StepKind.FILES, StepKind.BACKFILL):
            continue  # the directory is not here; rows that were filled in stay
        if not statements:
            without.append(step.id)
            continue
        with twin.connect(as_superuser=_needs_superuser(step)) as connection:
            settle(connection)
            try:
                _undo(connection, statements, transactional=step.transactional)
            except psycopg.Error as error:
                why = error.diag.message_primary or type(error).__name__
                problems.append(f"{step.id}: its undo fails: {why}")
    return problems, without


def _undo(connection: Connection[Any], statements: Sequence[str], *, transactional: bool) -> None:
    if not transactional:
        for sql in statements:
            connection.execute(sql.encode(), binary=True)
        return
    with connection.transaction():
        for sql in statements:
            connection.execute(sql.encode(), binary=True)


def run_changes(twin: Twin, statements: Sequence[str]) -> list[str]:
    """Run SQL of the writer's in one transaction; what went wrong, if anything did."""
    with twin.connect(as_superuser=True) as connection:
        try:
            _undo(connection, statements, transactional=True)
        except psycopg.Error as error:
            return [f"the way back fails: {error.diag.message_primary or type(error).__name__}"]
    return []


def rows_of(twin: Twin) -> Mapping[str, int]:
    """`schema.table` -> number of rows, of all plain tables that are not the server's own."""
    with twin.connect(as_superuser=True) as connection:
        tables = connection.execute(
            "SELECT n.nspname || '.' || c.relname, pg_catalog.format('SELECT count(*) FROM %I.%I',"
            " n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'"
            " AND n.nspname <> 'information_schema'"
        ).fetchall()
        found = {}
        for name, query in tables:
            row = connection.execute(query.encode()).fetchone()
            found[name] = int(row[0]) if row else 0
        return found
