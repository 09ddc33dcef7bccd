"""Apply a plan, whole or part by part. Each part passes the gate by itself and is safe on its own.

The steps keep the plan's order: a part whose predecessors are not done is refused. What is done
already is passed over, so that a run that was cut off is finished by starting it again.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from reconcile_pipeline.apply.backfills.backfill import run_backfill
from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.directory.files import FilesResult, change_files
from reconcile_pipeline.apply.executor import execute
from reconcile_pipeline.apply.failures import failure, unreadable
from reconcile_pipeline.apply.histories.update import update_history
from reconcile_pipeline.apply.kept import keep_waiting, opened_at
from reconcile_pipeline.apply.opening import opened
from reconcile_pipeline.apply.request import ApplyResult, PartResult, Request, Verification
from reconcile_pipeline.apply.transaction import still_ours
from reconcile_pipeline.apply.verification import look_after, look_before
from reconcile_pipeline.apply.waits.log import WatchLog
from reconcile_pipeline.apply.waits.waiting import Watcher
from reconcile_pipeline.errors import ApplyError, DirectoryError
from reconcile_pipeline.plan.model import Step, StepKind

EVERYTHING = frozenset(StepKind)

#: What the parts with an asset of their own consist of.
DATABASE = frozenset({StepKind.COMPLETION, StepKind.RESTORE, StepKind.BACKFILL})
HISTORY = frozenset({StepKind.HISTORY})
ARCHIVE = frozenset({StepKind.FILES})


def apply_part(request: Request, kinds: Collection[StepKind]) -> PartResult:
    """Run the plan's steps of these kinds. A ReconcileError's `changed` says what is kept."""
    with opened(request) as context:
        return _part(context, request, kinds)


def verify(request: Request) -> Verification:
    """Look at production from outside, against what it was before this plan's first part.

    Only reads, but for the signup that is rolled back.
    """
    with opened(request, changed_is_fine=True) as context:
        return look_after(context, request)


def apply_plan(request: Request) -> ApplyResult:
    """Run the whole plan and verify it."""
    with opened(request) as context:
        begun = context.journal.records[0].time
        part = _part(context, request, EVERYTHING)
        verification = look_after(context, request)
        approval = request.approval
        assert approval is not None  # the gate has seen to it
        return ApplyResult(
            plan_hash=approval.plan_hash,
            target=request.target,
            database=request.plan.database,
            person=approval.person,
            approved_at=approval.time,
            started_at=begun,
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            fingerprint_before=request.plan.fingerprint,
            steps=part.steps,
            files=part.files,
            verification=verification,
        )


def _part(context: Context, request: Request, kinds: Collection[StepKind]) -> PartResult:
    _predecessors_are_done(context, kinds)
    look_before(context, request)
    journal = context.journal
    watcher = Watcher(request.dsn, log=WatchLog(journal.folder, opened_at(journal)))
    steps, files = [], FilesResult()
    context.waiters = watcher.waiters
    try:
        watcher.watch(context.connection)
    except psycopg.Error as error:
        raise unreadable(context.connection, request.dsn, error, context.changed()) from None
    try:
        with watcher:
            for step in context.plan.steps:
                if step.kind not in kinds:
                    continue
                if step.kind is StepKind.FILES:
                    result, files = _files(context, request, step)
                else:
                    result = _step(context, request, step)
                steps.append(result)
    except BaseException:
        with suppress(ApplyError):  # what stopped us counts, not a journal on a full disk
            keep_waiting(context.journal, watcher.result())
        raise
    keep_waiting(context.journal, watcher.result())
    return PartResult(tuple(steps), files, watcher.result())


def _step(context: Context, request: Request, step: Step) -> StepResult:
    if step.kind is StepKind.BACKFILL:
        return run_backfill(context, step, request.admins)
    if step.kind is StepKind.HISTORY:
        if request.history is None:
            raise ApplyError("The plan changes the history, and the target has none.")
        return update_history(context, step, request.history, request.inventory().files)
    return execute(context, step)


def _files(context: Context, request: Request, step: Step) -> tuple[StepResult, FilesResult]:
    context.say(step.id, step.purpose)
    begun = time.monotonic()
    try:
        still_ours(context)
        context.journal.write("started", step.id)
        result = change_files(
            context.plan.files, request.root, context.journal.folder, context.journal.plan
        )
    except DirectoryError as error:
        error.changed = f"{error.changed} In production: {context.changed()}"
        raise
    except psycopg.Error as error:
        raise failure(context, step, error) from None
    milliseconds = round((time.monotonic() - begun) * 1000)
    done = any(each.outcome is Outcome.DONE for each in result.files)
    if done:
        context.finished.append(step.id)
    event = "finished" if done else "already"
    context.journal.write(event, step.id, milliseconds=milliseconds)
    outcome = Outcome.DONE if done else Outcome.ALREADY
    return StepResult(step.id, step.kind.value, outcome, milliseconds), result


def _predecessors_are_done(context: Context, kinds: Collection[StepKind]) -> None:
    """Raise ApplyError where a step that comes before one of these kinds is not done yet."""
    waiting: Step | None = None
    for step in context.plan.steps:
        if step.kind in kinds and waiting is not None:
            raise ApplyError(
                f"Step {step.id} comes after step {waiting.id}, which is not done yet.",
                hint=f"Run the part of kind {waiting.kind.value} first.",
            )
        if step.kind not in kinds:
            past = context.journal.of(step.id, "finished", "already", "undone")
            if not past or past[-1].event == "undone":
                waiting = waiting or step
