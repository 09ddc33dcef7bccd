"""Look at production from outside, before the first change and after the last."""

from __future__ import annotations

import re

import psycopg

from reconcile_pipeline.apply.access import matrix
from reconcile_pipeline.apply.access.matrix import AccessChange, Direction, Matrix
from reconcile_pipeline.apply.access.read import read_access
from reconcile_pipeline.apply.access.subjects import pick_subjects
from reconcile_pipeline.apply.backfills.signup import SignupProof, try_signup
from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.apply.failures import unreadable
from reconcile_pipeline.apply.kept import (
    keep_before,
    kept_before,
    total_rows,
    total_waiting,
)  # fmt: skip
from reconcile_pipeline.apply.request import Before, Request, Verification
from reconcile_pipeline.apply.retry import attempts
from reconcile_pipeline.apply.rows import census
from reconcile_pipeline.plan.model import Backfill, Plan


def look_before(context: Context, request: Request) -> Before:
    """What this plan's first part saw before it changed anything; seen now if this is the first."""
    if (kept := kept_before(context.journal.folder)) is not None:
        return kept
    context.say("", "counting every table, and who may do what")
    try:
        for attempt in attempts(context):
            with attempt:
                settle(context.connection)
                counted = census.take_census(context.connection)
                before = Before(counted, _access(context, request))
    except psycopg.Error as error:
        raise unreadable(context.connection, request.dsn, error, context.changed()) from None
    keep_before(context.journal.folder, before)
    return before


def look_after(context: Context, request: Request) -> Verification:
    """Everything again, set against what it was."""
    before = look_before(context, request)
    context.say("", "verifying: tables, access, signup")
    connection, plan = context.connection, request.plan
    try:
        for attempt in attempts(context):
            with attempt:
                settle(connection)
                after = census.take_census(connection, like=before.census)
                access = _access(context, request)
                signup = _signup(context, plan)
                found = at_one_moment(connection, context.fingerprint)
                rows = total_rows(context.journal, connection)
    except psycopg.Error as error:
        raise unreadable(context.connection, request.dsn, error, context.changed()) from None
    changes = matrix.compare(before.access, access)
    return Verification(
        fingerprint=found,
        fingerprint_expected=found == _left(context),
        rows=rows,
        waiting=total_waiting(context.journal),
        before=before.census,
        after=after,
        changed_tables=census.compare(before.census, after),
        access=access,
        access_changes=changes,
        unplanned=tuple(change for change in changes if not _planned(plan, change)),
        signup=signup,
    )


def backfill_of(plan: Plan) -> Backfill | None:
    """The plan's backfill that gives out roles, if it has one."""
    return next((s.backfill for s in plan.steps if s.backfill and s.backfill.role), None)


def _access(context: Context, request: Request) -> Matrix:
    subjects = pick_subjects(context.connection, backfill_of(request.plan), request.admins)
    return read_access(context.connection, subjects)


def _signup(context: Context, plan: Plan) -> SignupProof | None:
    backfill = backfill_of(plan)
    return None if backfill is None else try_signup(context.connection, backfill)


def _left(context: Context) -> str:
    """The fingerprint that our last step left."""
    hashes = [
        str(record.facts["after"])
        for record in context.journal.records
        if record.event in ("committing", "finished") and record.facts.get("after")
    ]
    return hashes[-1] if hashes else context.plan.fingerprint


def _planned(plan: Plan, change: AccessChange) -> bool:
    """True unless it widened on a table that nothing in the plan names."""
    if change.direction is not Direction.WIDENED:
        return True
    name = re.escape(change.table.rpartition(".")[2])
    return any(re.search(rf"\b{name}\b", sql) for step in plan.steps for sql in step.statements)
