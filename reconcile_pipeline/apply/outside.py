"""Steps that PostgreSQL runs outside transactions only: indexes built or dropped CONCURRENTLY.

One that fails leaves an index that is there and invalid; it is dropped before the next try. A step
that builds one cannot write down beforehand what production will be, so after a crash
`settle_crash` finds out whether the unfinished index is all that differs. One that drops can.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL

from reconcile_pipeline.apply.conditions import holds, unmet
from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.apply.failures import Failed, failed, failure
from reconcile_pipeline.apply.indexes import Index, drop_invalid, index_of, is_invalid, is_there
from reconcile_pipeline.apply.retry import attempts
from reconcile_pipeline.apply.transaction import is_done, still_ours, told, unmoved, written_down
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step


def run_outside(context: Context, step: Step) -> StepResult:
    """Run the step's one statement outside a transaction, unless it is done already."""
    begun = time.monotonic()
    with told(context, step):
        try:
            for attempt in attempts(context, step.id):
                tries = attempt.num
                with attempt, written_down(context, step, tries):
                    after = _once(context, step)
        except (psycopg.Error, Failed):
            _clear(context, step)
            raise
    milliseconds = round((time.monotonic() - begun) * 1000)
    done = after is not None
    if done:
        context.finished.append(step.id)
        context.journal.write(
            "finished", step.id, after=after, tries=tries, milliseconds=milliseconds
        )
    else:
        context.journal.write("already", step.id, tries=tries, milliseconds=milliseconds)
    outcome = Outcome.DONE if done else Outcome.ALREADY
    return StepResult(step.id, step.kind.value, outcome, milliseconds, tries)


def _once(context: Context, step: Step) -> str | None:
    """Production's fingerprint afterwards; None where it was done already."""
    connection = context.connection
    settle(connection)
    index = index_of(connection, step)
    _bound(connection, step)
    still_ours(context)
    again = bool(context.journal.of(step.id, "started"))
    if again and index.built:
        drop_invalid(connection, index)
    # A try to drop it that failed may have marked it invalid; a rehearsal has no other sessions.
    without = _without(context, index) if again and not index.built else None
    if without is not None:
        found = unmoved(context, without)
    else:
        found = unmoved(context, at_one_moment(connection, context.fingerprint))
    with connection.transaction():
        if is_done(context, step) or (
            again and not index.built and not is_there(connection, index)
        ):
            return None
        if step.precondition and not holds(connection, step.precondition):
            raise ApplyError(
                f"Step {step.id} cannot run: it does not hold that "
                f"{unmet(connection, step.precondition)}.",
                hint="Make a new plan.",
            )
    wanted = None if index.built else _without(context, index)
    context.journal.write("started", step.id, before=found, after=wanted)
    try:
        connection.execute(step.statements[0].encode(), binary=True)
    except psycopg.Error as error:
        raise failed("its statement", error, 1) from None
    if step.postcondition:
        with connection.transaction():
            if not holds(connection, step.postcondition):
                raise ApplyError(
                    f"Step {step.id} ran, but it does not hold that "
                    f"{unmet(connection, step.postcondition)}."
                )
    return _only_the_index(context, step, index, wanted or found)


def _only_the_index(context: Context, step: Step, index: Index, without: str) -> str:
    """The fingerprint afterwards. Raises PlanError where more than the index differs in it.

    `without`: the fingerprint of production as it was, without that index.
    """
    connection = context.connection
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        after = context.fingerprint(connection)
        if context.without_index is not None:
            rest = context.without_index(connection, f"{index.schema}.{index.name}")
            if rest != without:
                context.finished.append(step.id)
                unmoved(context, rest)
    return after


def _without(context: Context, index: Index) -> str | None:
    """Production's fingerprint as it will be without that index; None where nobody can tell."""
    if context.without_index is None:
        return None
    with context.connection.transaction():
        context.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return context.without_index(context.connection, f"{index.schema}.{index.name}")


def settle_crash(context: Context) -> None:
    """After a crash: if an unfinished index of ours is all that differs, say so in the journal.

    Found out by dropping it in a transaction that is rolled back. Nothing is changed.
    """
    records = context.journal.records
    open_steps = [
        step
        for step in context.plan.steps
        if not step.transactional
        and (mine := [r.event for r in records if r.step == step.id])
        and "started" in mine
        and "finished" not in mine
    ]
    connection = context.connection
    if not open_steps or (
        (now := at_one_moment(connection, context.fingerprint)) in context.accepted()
    ):
        return
    for step in open_steps:
        index = index_of(connection, step)
        try:
            with connection.transaction(force_rollback=True):
                _bound(connection, step)
                connection.execute(SQL("DROP INDEX IF EXISTS {}").format(index.identifier))
                without = context.fingerprint(connection)
        except psycopg.Error as error:
            raise failure(context, step, error) from None
        if without in context.accepted():
            context.journal.write("settled", step.id, after=now)
            return


def _bound(connection: Connection[Any], step: Step) -> None:
    connection.execute(
        """SELECT pg_catalog.set_config('lock_timeout', %s, false),
                  pg_catalog.set_config('statement_timeout', %s, false)""",
        (str(step.lock_timeout_ms), str(step.statement_timeout_ms)),
    )


def _clear(context: Context, step: Step) -> None:
    """After the last try: leave no invalid index, if it lets itself be dropped."""
    connection = context.connection
    if connection.closed or connection.broken:
        return
    try:
        index = index_of(connection, step)
        if not context.journal.of(step.id, "started"):
            return
        if index.built:
            drop_invalid(connection, index)
        elif is_invalid(connection, index):
            context.left = (
                f"The index {index.schema}.{index.name} is left invalid: not dropped yet."
            )
    except psycopg.Error:
        context.say(step.id, "an invalid index is left; the next run drops it")
