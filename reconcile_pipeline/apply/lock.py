"""One apply a target: a session-level advisory lock, and who holds it."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from psycopg import Connection

from reconcile_pipeline.errors import ApplyError

WAIT_S = 2.0  # a killed apply's backend needs a moment to notice that its client is gone

_MINE = """
SELECT l.pid, coalesce(a.application_name, ''), a.backend_start
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = pg_catalog.current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""
HELD = f"SELECT EXISTS (SELECT FROM ({_MINE}) m WHERE m.pid = pg_catalog.pg_backend_pid())"  # noqa: S608


def key(database: str) -> int:
    """The lock's 64-bit key, signed as PostgreSQL's bigint is."""
    digest = hashlib.sha256(f"reconcile_pipeline apply {database}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def acquire(connection: Connection[Any], *, wait_s: float = WAIT_S) -> None:
    """Take the target's lock for this session. Raises ApplyError that says who holds it."""
    deadline = time.monotonic() + wait_s
    number = key(connection.info.dbname)
    while True:
        row = connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", (number,)).fetchone()
        assert row is not None
        if row[0]:
            return
        if time.monotonic() >= deadline:
            break
        time.sleep(0.05)
    raise ApplyError(
        f"Another apply is at work on this database{_who(connection, number)}.",
        hint="Wait until it has finished, then run this again.",
    )


def held(connection: Connection[Any]) -> bool:
    """True where the backend that answers now is the one that holds the lock."""
    row = connection.execute(HELD.encode(), (key(connection.info.dbname),)).fetchone()
    return bool(row and row[0])


def _who(connection: Connection[Any], number: int) -> str:
    row = connection.execute(_MINE, (number,)).fetchone()
    if row is None:
        return ""
    pid, application, since = row
    started = f", connected since {since:%Y-%m-%d %H:%M:%S %Z}" if since else ""
    return f": server process {pid} ({application or 'no application name'}{started})"
