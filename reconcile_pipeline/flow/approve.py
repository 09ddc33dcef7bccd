"""Approve a plan: for the production that it was made for, and for no other."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.apply.approval import Approval, approve, write_approval
from reconcile_pipeline.apply.gate import NEW_PLAN
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.errors import ApprovalError, PlanError
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.doomed import deletes, doomed_rows
from reconcile_pipeline.flow.identity import Identity
from reconcile_pipeline.flow.rehearsal.rehearse import kept_rehearsal
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.plan.undo import undoes

REHEARSE = "Run `reconcile plan` again, which rehearses it"
UNREHEARSED = "say why it is to be approved all the same: --without-rehearsal REASON"


def check_target(run: Run, identity: Identity) -> None:
    """Return if the plan is for this database as it is now. Raises PlanError."""
    if run.finished:
        raise PlanError(f"The plan {run.folder.name} has been applied already.", hint=NEW_PLAN)
    for what in ("database", "system_identifier"):
        planned, found = getattr(run.plan, what), getattr(identity, what)
        if planned != found:
            raise PlanError(
                f"The plan is for the {what.replace('_', ' ')} {planned}, this is {found}.",
                hint="Check that the connection string is the one of the right server.",
            )
    if run.plan.fingerprint != identity.fingerprint:
        raise PlanError("Production has changed since the plan was made.", hint=NEW_PLAN)


def could_lose_data(plan: Plan) -> bool:
    """True where a step announces that rows go, or has a hazard of that weight."""
    for step in plan.steps:
        if step.kind is StepKind.HISTORY:  # keeps what it replaces, and the way back
            continue
        if any(limits[2] != 0 for limits in (step.rows or {}).values()):
            return True
        if any(hazard.severity is Severity.DANGER for hazard in step.hazards):
            return True
    return False


def rows_at_stake(target: ResolvedTarget, plan: Plan) -> tuple[tuple[str, str, int], ...]:
    """(step, table, rows) that the plan's own statements would delete now. Raises TargetError."""
    dangerous = [
        (step.id, statement)
        for step in plan.steps
        for statement in step.statements
        if deletes(statement)
    ]
    if not dangerous:
        return ()
    with connect_to_read(target.dsn) as connection:
        try:
            with looking(connection, "10s"):
                return tuple(
                    (step, table, rows)
                    for step, statement in dangerous
                    for table, rows in doomed_rows(connection, statement)
                )
        except psycopg.Error as error:
            raise unread(error, target.dsn, "The rows at stake") from None


def check_rehearsed(run: Run) -> None:
    """Return if the plan was rehearsed and that held. Raises ApprovalError.

    An undo needs none: its one transaction is rolled back unless it leads to what was there before.
    """
    if undoes(run.plan):
        return
    rehearsal = kept_rehearsal(run)
    if rehearsal is None or rehearsal.plan_hash != run.plan_hash:
        raise ApprovalError("The plan was not rehearsed.", hint=f"{REHEARSE}, or {UNREHEARSED}.")
    if not rehearsal.held:
        problems = rehearsal.problems
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        why = f": {problems[0]}{more}" if problems else ""
        raise ApprovalError(
            f"The rehearsal of the plan failed{why}.",
            hint=f"Mend what it shows, and make a new plan; or {UNREHEARSED}.",
        )


def approve_plan(
    target: ResolvedTarget, run: Run, person: str = "", note: str = "", unrehearsed: str = ""
) -> Approval:
    """Write the approval, and into the evidence that there is one. Raises ApprovalError.

    `unrehearsed`: why the plan is approved although its rehearsal failed or is missing; it is kept
    with the approval. Without a reason such a plan is refused.
    """
    if unrehearsed.strip():
        note = f"Approved without a rehearsal that held: {unrehearsed.strip()}. {note}".strip()
    else:
        check_rehearsed(run)
    approval = approve(run.plan, person=person, note=note)
    write_approval(run.approval, approval)
    run.bundle(target).add(stages.APPROVAL, approval)
    return approval
