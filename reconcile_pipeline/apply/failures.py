"""A server's error in the words of an apply: what failed, what is left of it, what to do."""

from __future__ import annotations

import psycopg
from psycopg import errors

from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline.redact import redact


class Failed(Exception):
    """A statement of a step failed. `place` says which, `error` how."""

    def __init__(self, place: str, error: psycopg.Error) -> None:
        super().__init__(place)
        self.place = place
        self.error = error


def failure(
    context: Context, step: Step, error: psycopg.Error | Failed, tries: int = 1
) -> ApplyError:
    """The error to show. The server's DETAIL is left out: it quotes rows."""
    place = f", {error.place}" if isinstance(error, Failed) else ""
    reason = error.error if isinstance(error, Failed) else error
    if context.connection.broken or context.connection.closed:
        return ApplyError(
            f"The connection to the database was lost in step {step.id}.",
            hint="Run this again: what is done already is recognised and not done twice.",
            changed=f"{context.changed()} Of step {step.id} either all was done or nothing.",
        )
    if isinstance(reason, errors.LockNotAvailable):
        return ApplyError(
            f"Step {step.id} did not get its lock in {tries} tries of {step.lock_timeout_ms} ms "
            f"each{place}.",
            hint="Run this again at a quieter time, or see who holds the lock in pg_locks.",
            changed=context.changed(),
        )
    text = redact(reason.diag.message_primary or type(reason).__name__)
    return ApplyError(
        f"Step {step.id} was rolled back{place}: {text} (SQLSTATE {reason.sqlstate}).",
        hint="Nothing of this step is left in production.",
        changed=context.changed(),
    )
