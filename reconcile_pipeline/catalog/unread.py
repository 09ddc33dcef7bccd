"""Why production could not be read, in words of our own: the server's may be missing, or German."""

from __future__ import annotations

import psycopg
from psycopg import errors

from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.redact import redact

_RIGHTS = "The user needs to read the catalog and the history table: reconcile doctor."
_CONFLICT = (
    "The read replica ended our reading, since it had to replay a change of the primary's "
    "(a conflict with recovery)."
)
_CONFLICT_HINT = (
    "Try again at a quieter time, give the replica a longer max_standby_streaming_delay or "
    "hot_standby_feedback, or scan the primary."
)
ENDED = ("25P03", "25P04")  # by what the user's settings allow a transaction
_ENDED_HINT = (
    "Give the user a longer idle_in_transaction_session_timeout and transaction_timeout: ALTER ROLE"
)


def conflicts(error: psycopg.Error) -> bool:
    """True for what only a read replica does to somebody who reads (SQLSTATE class 40)."""
    return isinstance(error, errors.SerializationFailure | errors.DeadlockDetected)


def lost(error: psycopg.Error) -> bool:
    """True where the connection is gone: cut, ended by somebody, or the server went down."""
    code = error.sqlstate or ""
    return isinstance(error, psycopg.OperationalError) and (not code or code[:2] in ("08", "57"))


def may_succeed_again(error: psycopg.Error) -> bool:
    """True where the same reading, begun anew, may go well; never for one that ran out of time."""
    if isinstance(error, errors.QueryCanceled):
        return False
    return conflicts(error) or lost(error)


def unread(error: psycopg.Error, dsn: str = "", what: str = "Production") -> TargetError:
    """The error to raise. It quotes neither rows nor the connection string."""
    if conflicts(error):
        return TargetError(f"{what} could not be read. {_CONFLICT}", hint=_CONFLICT_HINT)
    if isinstance(error, errors.LockNotAvailable):
        return TargetError(
            f"{what} could not be read whole: somebody holds a lock on what must be read.",
            hint="Run this again at a quieter time, or see who holds the lock in pg_locks.",
        )
    said = " ".join(redact(error.diag.message_primary or "", dsn).split()).rstrip(".")
    if lost(error) and not isinstance(error, errors.QueryCanceled):
        return TargetError(
            f"{what} could not be read: the connection was lost{f' ({said})' if said else ''}.",
            hint="Try again. On a read replica that replays a lot, or through a pooler that ends "
            "idle sessions, read the primary directly.",
        )
    if error.sqlstate in ENDED:
        return TargetError(f"{what} could not be read: {said}.", hint=_ENDED_HINT)
    return TargetError(f"{what} could not be read: {said or type(error).__name__}.", hint=_RIGHTS)
