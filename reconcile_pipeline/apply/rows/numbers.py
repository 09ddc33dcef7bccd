"""The number of our open transaction, told only once no crash can have it given out again.

After a crash the journal's numbers are what says whether a step was committed. But PostgreSQL gives
numbers out from memory: one of which nothing had reached the disk is given to somebody else after a
crash, whose commit would then pass for ours (seen). So the server's log is flushed first.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.connection import open_connection

FLUSHING_MESSAGE = 170000  # since then a transaction can have the log flushed in its midst

#: A message in the log that nobody reads, which any user may write. What lies before it is flushed.
FLUSH = "SELECT pg_catalog.pg_logical_emit_message(false, 'reconcile_pipeline', '', true)"
NUMBER = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::text"

# Of a transaction of its own: its commit flushes the log, ours included.
_FLUSH_BESIDE = "SELECT pg_catalog.pg_logical_emit_message(true, 'reconcile_pipeline', '')"


class Flusher:
    """Has the server's log flushed; where the server is older than 17, over a second connection."""

    def __init__(self) -> None:
        self._beside: Connection[Any] | None = None

    def flush(self, connection: Connection[Any]) -> None:
        """Return when all that this connection's transaction wrote so far is on the server's disk.

        psycopg's errors pass through; TargetError where no second connection can be made.
        """
        if inside(connection):
            connection.execute(FLUSH)
            return
        if self._beside is None or self._beside.closed:
            info = connection.info
            self._beside = open_connection(make_conninfo(info.dsn, password=info.password or None))
            self._beside.execute("SET synchronous_commit = 'local'")  # no standby is waited for
        self._beside.execute(_FLUSH_BESIDE)

    def number(self, connection: Connection[Any]) -> str | None:
        """The number (xid8 as text) of the open transaction; None where it has changed nothing."""
        row = connection.execute(NUMBER).fetchone()
        if row is None or row[0] is None:
            return None
        self.flush(connection)
        return str(row[0])

    def close(self) -> None:
        """End the second connection, if there is one."""
        if self._beside is not None:
            self._beside.close()


def inside(connection: Connection[Any]) -> bool:
    """True where `FLUSH` can be asked for in the transaction itself."""
    return connection.info.server_version >= FLUSHING_MESSAGE
