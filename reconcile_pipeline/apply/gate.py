"""The gate: nothing is written to production or to the directory unless all of this holds.

Every part of an apply passes it, from wherever it is started.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconcile_pipeline.apply.approval import Approval, no_approval
from reconcile_pipeline.apply.facts import Facts
from reconcile_pipeline.errors import ApprovalError, PlanError
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import Plan

NEW_PLAN = "Make a new plan, and have it approved."


@dataclass(frozen=True, slots=True)
class Own:
    """What this very plan has made of production and the directory before, by its journal.

    A plan that ran in part finds neither as they were when it was made.
    """

    fingerprints: frozenset[str] = frozenset()
    inventories: frozenset[str] = frozenset()


def open_gate(plan: Plan, approval: Approval | None, facts: Facts, own: Own | None = None) -> None:
    """Return if the plan may be applied. Raises ApprovalError or PlanError that says why not."""
    check_place(plan, approval, facts)
    check_unchanged(plan, facts, own or Own())


def check_place(plan: Plan, approval: Approval | None, facts: Facts) -> Approval:
    """The approval, if there is one, it is for this plan, and the plan is for this database."""
    if approval is None:
        raise no_approval()
    _same_plan(plan, approval)
    _same_place(plan, facts)
    return approval


def check_unchanged(plan: Plan, facts: Facts, own: Own) -> None:
    """Return if production and directory are as the plan found them, or as it has left them."""
    if facts.fingerprint not in {plan.fingerprint, *own.fingerprints}:
        raise PlanError(
            "Production has changed since the plan was made "
            f"(fingerprint {facts.fingerprint[:12]}, the plan's is {plan.fingerprint[:12]}).",
            hint=NEW_PLAN,
        )
    if facts.inventory_sha256 not in {plan.inventory_sha256, *own.inventories}:
        raise PlanError(
            "The migrations directory has changed since the plan was made.", hint=NEW_PLAN
        )


def _same_plan(plan: Plan, approval: Approval) -> None:
    actual = plan_hash(plan)
    if approval.plan_hash != actual:
        raise ApprovalError(
            f"The approval is for plan {approval.plan_hash[:12]}, this is plan {actual[:12]}.",
            hint="Look at the new plan, and approve that one.",
        )
    if not approval.person.strip():
        raise ApprovalError("The approval names no person.")
    # The hash covers these too: a file that says otherwise was put together by hand.
    for what in ("target", "database", "system_identifier", "fingerprint"):
        if getattr(approval, what) != getattr(plan, what):
            raise ApprovalError(
                f"The approval is for another {what.replace('_', ' ')} than the plan.",
                hint="Approve the plan again.",
            )


def _same_place(plan: Plan, facts: Facts) -> None:
    if facts.target != plan.target:
        raise PlanError(
            f"The plan is for the target {plan.target!r}, this is {facts.target!r}.", hint=NEW_PLAN
        )
    if facts.database != plan.database:
        raise PlanError(
            f"The plan is for the database {plan.database!r}, this is {facts.database!r}.",
            hint=NEW_PLAN,
        )
    if facts.system_identifier != plan.system_identifier:
        raise PlanError(
            f"The plan is for the cluster {plan.system_identifier}, "
            f"this is the cluster {facts.system_identifier}.",
            hint="Check that the connection string is the one of the right server.",
        )
