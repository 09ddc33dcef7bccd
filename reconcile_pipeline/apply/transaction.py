"""The one transaction that every change to production goes through.

REPEATABLE READ: it sees production as it was at its beginning, plus its own changes. So the
fingerprint at its end is the one at its beginning plus what the step did; what another session
commits meanwhile shows at the next step's beginning, and stops us there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, errors

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.access.doors import read_doors
from reconcile_pipeline.apply.access.widening import judge_access
from reconcile_pipeline.apply.conditions import holds, unmet
from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.failures import Failed, failure
from reconcile_pipeline.apply.retry import attempts
from reconcile_pipeline.apply.rows.counters import (
    Changes,
    changes,
    count_rewritten,
    judge,
    judge_rewritten,
    observe,
)
from reconcile_pipeline.errors import ApplyError, PlanError, ReconcileError
from reconcile_pipeline.plan.model import Step

#: Does the work; returns what it measured besides. Called once a try.
Body = Callable[[Connection[Any]], Mapping[str, Any]]

#: What bounds each statement of a transaction, to be selected.
BOUNDS = """pg_catalog.set_config('lock_timeout', %s, true),
    pg_catalog.set_config('statement_timeout', %s, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', '60000', true)"""

#: Whether a step's work is there; by default its postcondition or the journal says so.
Done = Callable[[], bool]


def run_step(context: Context, step: Step, body: Body, done: Done | None = None) -> StepResult:
    """Run a step in one transaction, unless it is done already; retry where a lock is not free.

    Raises ApplyError where it cannot be done (then nothing of it is left), and PlanError where
    another session has changed production.
    """
    begun = time.monotonic()
    with told(context, step):
        for attempt in attempts(context, step.id):
            tries = attempt.num
            with attempt, written_down(context, step, tries):
                settle(context.connection)
                found, facts = _once(context, step, body, done)
    milliseconds = round((time.monotonic() - begun) * 1000)
    result = StepResult(
        step.id,
        step.kind.value,
        Outcome.DONE if found is not None else Outcome.ALREADY,
        milliseconds,
        tries,
        rows=found.rows if found else {},
        replaced=found.replaced if found else (),
        dropped=found.dropped if found else (),
        detail=f"already: {step.postcondition.text}" if not found and step.postcondition else "",
        facts=facts,
    )
    event = "finished" if found is not None else "already"
    if found is not None:
        context.finished.append(step.id)
    context.journal.write(event, step.id, tries=tries, milliseconds=milliseconds)
    return result


@contextmanager
def told(context: Context, step: Step) -> Iterator[None]:
    """Turn the server's errors into ApplyError, and have each say what was changed before it."""
    try:
        yield
    except ReconcileError as error:
        error.changed = context.changed()
        raise
    except (psycopg.Error, Failed) as error:
        raise failure(context, step, error) from None


@contextmanager
def written_down(context: Context, step: Step, tries: int) -> Iterator[None]:
    """Note a try that fails in the journal."""
    try:
        yield
    except (psycopg.Error, Failed) as error:
        reason = error.error if isinstance(error, Failed) else error
        context.journal.write("failed", step.id, sqlstate=reason.sqlstate or "", tries=tries)
        raise


def _once(
    context: Context, step: Step, body: Body, done: Done | None
) -> tuple[Changes | None, Mapping[str, Any]]:
    connection = context.connection
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        bound(connection, step)
        still_ours(context)
        before_hash = unmoved(context, context.fingerprint(connection))
        if done() if done else is_done(context, step):
            return None, {}
        if step.precondition and not holds(connection, step.precondition):
            raise ApplyError(
                f"Step {step.id} cannot run: it does not hold that "
                f"{unmet(connection, step.precondition)}.",
                hint="Make a new plan.",
            )
        before = observe(connection)
        rewritten = count_rewritten(connection, step)
        doors = read_doors(connection)
        facts = body(connection)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may happen after the count
        found = changes(connection, before)
        judge(step, found, before.roots())
        judge_rewritten(step, rewritten, count_rewritten(connection, step))
        bound(connection, step)
        judge_access(connection, step, doors, read_doors(connection))
        if step.postcondition and not holds(connection, step.postcondition):
            raise ApplyError(
                f"Step {step.id} was rolled back: it ran, but it does not hold that "
                f"{unmet(connection, step.postcondition)}.",
            )
        _announce_commit(context, step, before_hash, found)
    return found, facts


def bound(connection: Connection[Any], step: Step) -> None:
    """Bound each statement from here on; a file's own SET may have lifted the bounds."""
    connection.execute(f"SELECT {BOUNDS}".encode(), bounds(step))


def bounds(step: Step) -> tuple[str, str]:
    """The parameters of `BOUNDS`."""
    return str(step.lock_timeout_ms), str(step.statement_timeout_ms)


def still_ours(context: Context) -> None:
    """Raise ApplyError unless the backend that answers is the one that holds the target's lock."""
    if not lock.held(context.connection):
        raise not_ours(context)


def not_ours(context: Context) -> ApplyError:
    """The error where the target's lock is gone."""
    return ApplyError(
        "The target's lock is not ours any more: a pooler is between, or the session was lost.",
        hint="Use the direct connection, and run this again.",
        changed=context.changed(),
    )


def unmoved(context: Context, found: str) -> str:
    """The fingerprint just found. Raises PlanError where somebody else has changed production."""
    if found not in context.accepted():
        raise PlanError(
            f"Another session has changed production meanwhile (fingerprint {found[:12]}).",
            hint="Make a new plan, and have it approved.",
            changed=context.changed(),
        )
    return found


def is_done(context: Context, step: Step) -> bool:
    """True where the postcondition holds; without one, where the journal and the server say so."""
    if step.postcondition:
        return holds(context.connection, step.postcondition)
    past = context.journal.of(step.id, "finished", "undone")
    if past:
        return past[-1].event == "finished"
    for record in context.journal.of(step.id, "committing"):
        if (xid := record.facts.get("xid")) and committed(context.connection, str(xid)):
            return True
    return False


def committed(connection: Connection[Any], xid: str) -> bool:
    """True where the transaction of this number (xid8 as text) was committed."""
    try:
        with connection.transaction():
            row = connection.execute(
                "SELECT pg_catalog.pg_xact_status(%s::xid8)", (xid,)
            ).fetchone()
    except errors.InvalidParameterValue:  # of the future: this server was restored from a backup
        return False
    return bool(row and row[0] == "committed")


def _announce_commit(context: Context, step: Step, before: str, found: Changes) -> None:
    """On disk before the commit: what production will be, and how to tell that it happened."""
    number = context.flusher.number(context.connection)
    context.journal.write(
        "committing",
        step.id,
        before=before,
        after=context.fingerprint(context.connection),
        xid=number,
        rows={name: list(rows) for name, rows in found.rows.items()},
        replaced=list(found.replaced),
        dropped=list(found.dropped),
        created=list(found.created),
    )
