"""Undo a plan: files, history, then each step's own undo, last one first.

Every step's undo must lead to exactly the production that was there before that step, else it is
rolled back and said. Where production is not as the plan left it, nothing is undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.executor import run_statements
from reconcile_pipeline.apply.files import FilesResult
from reconcile_pipeline.apply.history_update import undo_sql
from reconcile_pipeline.apply.journal import Record
from reconcile_pipeline.apply.opening import opened
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.transaction import committed, run_step
from reconcile_pipeline.apply.undo_files import undo_files
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step, StepKind


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What was undone. `left`: step -> why it stays; `restored`: production is as it was."""

    steps: tuple[StepResult, ...]
    files: FilesResult
    left: Mapping[str, str]
    restored: bool


def undo_plan(request: Request) -> UndoResult:
    """Undo what this plan did. Raises the gate's errors, and ApplyError where a step refuses."""
    with opened(request) as context:
        plan = context.plan
        files = undo_files(plan.files, request.root)
        steps: list[StepResult] = []
        left: dict[str, str] = {}
        for step in plan.steps:
            if step.kind is StepKind.FILES and _is_done(context, step):
                context.journal.write("undone", step.id)
        for step in reversed(plan.steps):
            if step.kind is StepKind.FILES or not _is_done(context, step):
                continue
            if step.kind is StepKind.BACKFILL:
                left[step.id] = "rows that were filled in stay, or go with their table"
                context.journal.write("undone", step.id)
            elif why := _cannot(context, step):
                raise ApplyError(
                    f"Step {step.id} cannot be undone: {why}.", changed=context.changed()
                )
            else:
                steps.append(_undo(context, step))
        now = context.fingerprint(context.connection)
        return UndoResult(tuple(steps), files, left, now == plan.fingerprint)


def _is_done(context: Context, step: Step) -> bool:
    past = context.journal.of(step.id, "finished", "already", "undone")
    return bool(past) and past[-1].event != "undone"


def _commit(context: Context, step: Step) -> Record | None:
    """What the journal says of the transaction that did the step; None where it was done before."""
    records = context.journal.of(step.id, "committing", "finished", "already", "undone")
    found = None
    for record, follows in zip(records, [*records[1:], None], strict=True):
        if follows is None or record.event != "committing":
            continue
        xid = record.facts.get("xid")
        if follows.event == "finished" or (xid and committed(context.connection, str(xid))):
            found = record
    return found


def _statements(context: Context, step: Step) -> tuple[str, ...]:
    if step.kind is StepKind.HISTORY:
        return undo_sql(context.journal.folder)
    return step.undo


def _cannot(context: Context, step: Step) -> str:
    if not step.transactional:
        return "it ran outside a transaction; drop what it made by hand"
    if _commit(context, step) is None:
        return ""
    if not _statements(context, step):
        return "the plan has no way back for it"
    return ""


def _undo(context: Context, step: Step) -> StepResult:
    """Run the step's undo in one transaction that must lead back to where the step began."""
    record = _commit(context, step)
    if record is None:  # it held before the plan ran: nothing of ours to undo
        context.journal.write("undone", step.id)
        return StepResult(
            step.id, step.kind.value, Outcome.ALREADY, 0, detail="not done by this plan"
        )
    made = dict.fromkeys(record.facts.get("created", ()), (0, 0, None))
    rows = {
        name: (deleted, None, inserted)
        for name, (inserted, _, deleted) in record.facts["rows"].items()
    }
    undo = replace(
        step,
        id=f"undo-{step.id}",
        purpose=f"undo: {step.purpose}",
        statements=_statements(context, step),
        precondition=None,
        postcondition=None,
        rows={**rows, **made},
    )

    def body(connection: Connection[Any]) -> Mapping[str, Any]:
        facts = run_statements(connection, undo)
        if context.fingerprint(connection) != record.facts["before"]:
            raise ApplyError(
                f"Undoing step {step.id} was rolled back: "
                "it does not lead back to what was there before."
            )
        return facts

    context.say(undo.id, undo.purpose)
    result = run_step(context, undo, body, done=lambda: not _is_done(context, step))
    context.journal.write("undone", step.id)
    return result
