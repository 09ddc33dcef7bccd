"""A server's error in the words of an apply: what failed, what is left of it, what to do."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, errors

from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.waits.holders import holders
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline.redact import redact

AGAIN = "Run this again: what is done already is recognised and not done twice."

#: Somebody else was in the way; the transaction is rolled back, and another try may succeed.
RETRY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


class Failed(Exception):
    """A statement of a step failed. `place` says which, `number` too (from 1), `error` how."""

    def __init__(self, place: str, error: psycopg.Error, number: int = 0) -> None:
        super().__init__(place)
        self.place = place
        self.error = error
        self.number = number


class Blocked(Failed):
    """One that another try may mend."""


def failed(place: str, error: psycopg.Error, number: int = 0) -> Failed:
    """What to raise for a statement's error."""
    return (Blocked if isinstance(error, RETRY) else Failed)(place, error, number)


#: Classes of SQLSTATE that a single row's values, or what its triggers say of it, can bring about:
#: cardinality, data, constraint, check option, limits, PL/pgSQL. See PostgreSQL's manual, "Error
#: Codes". A code that PostgreSQL doesn't know was raised by a function on purpose.
_OF_ROWS = frozenset({"21", "22", "23", "44", "54", "P0"})


def may_be_of_one_row(error: psycopg.Error, size: int) -> bool:
    """True for an error that a page without the bad row would not meet; `size` is the page's.

    A page that takes too long is one of those while it can be made smaller.
    """
    if isinstance(error, errors.QueryCanceled):
        return size > 1
    if not (code := error.sqlstate):
        return False
    try:
        errors.lookup(code)
    except KeyError:
        return True
    return code[:2] in _OF_ROWS


def failure(context: Context, step: Step, error: psycopg.Error | Failed) -> ApplyError:
    """The error to show. The server's DETAIL is left out: it quotes rows."""
    place = f", {error.place}" if isinstance(error, Failed) else ""
    reason = error.error if isinstance(error, Failed) else error
    if context.connection.broken or context.connection.closed:
        left = (
            f"Of step {step.id} either all was done or nothing."
            if step.transactional
            else f"Step {step.id} may be done, or leave an invalid index that the next run drops."
        )
        return ApplyError(
            f"The connection to the database was lost in step {step.id}.",
            hint=AGAIN,
            changed=f"{context.changed()} {left}",
        )
    if isinstance(reason, errors.LockNotAvailable):
        who = holders(context.connection, step.locks or ())
        return ApplyError(
            f"Step {step.id} did not get its lock in {context.limits.tries} tries of "
            f"{step.lock_timeout_ms} ms each{place}.{f' {who}' if who else ''}",
            hint="Run this again at a quieter time, or once they have ended."
            if who
            else "Run this again at a quieter time, or see who holds the lock in pg_locks.",
            changed=context.changed(),
        )
    text = redact(reason.diag.message_primary or type(reason).__name__)
    text = f"{text} (SQLSTATE {reason.sqlstate})."
    return ApplyError(
        f"Step {step.id} was rolled back{place}: {text}",
        hint="Run this again." if context.left else "Nothing of this step is left in production.",
        changed=context.changed(),
        reason=f"{error.place}: {text}" if isinstance(error, Failed) else text,
        sqlstate=reason.sqlstate or "",
        statement=error.number if isinstance(error, Failed) else 0,
    )


def unreadable(
    connection: Connection[Any], dsn: str, error: psycopg.Error, changed: str
) -> ApplyError:
    """The error where production could not be looked at, before a step or after the last one."""
    if connection.broken or connection.closed:
        return ApplyError("The connection to the database was lost.", hint=AGAIN, changed=changed)
    if isinstance(error, (errors.LockNotAvailable, errors.QueryCanceled)):
        return ApplyError(
            "Production cannot be looked at: somebody holds a lock on what must be read.",
            hint="Run this again at a quieter time, or see who holds the lock in pg_locks.",
            changed=changed,
        )
    text = " ".join(redact(error.diag.message_primary or str(error), dsn).split()).rstrip(".")
    return ApplyError(f"Production cannot be looked at: {text}.", hint=AGAIN, changed=changed)
