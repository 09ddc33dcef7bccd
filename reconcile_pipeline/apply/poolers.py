"""Is a transaction pooler between us and the server? Found out by what it does, on any port.

A pooler makes up the process id that it tells its clients. In transaction mode it then lends one
server process to several clients by turns: two open connections are answered by the same one. In
session mode it cannot. Nothing is written to find that out, and no setting of a session is touched.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import ExecStatus

_WHO = b"SELECT pg_catalog.pg_backend_pid()"
TRIES = 3
PATIENCE_S = 3.0  # a pool of one in session mode lets the second client wait: no sharing either


def shares_sessions(connection: Connection[Any], dsn: str) -> bool:
    """True where our session's server process also serves others while we are idle.

    `connection` is idle and in autocommit. Raises psycopg's errors where it cannot be asked.
    """
    if _process(connection) == connection.info.backend_pid:
        return False
    try:
        other = psycopg.connect(
            dsn, autocommit=True, prepare_threshold=None, connect_timeout=int(PATIENCE_S)
        )
    except psycopg.OperationalError:  # no room for a second client: nothing was shared
        return False
    with other:
        for _ in range(TRIES):
            mine, theirs = _process(connection), _process(other)
            if theirs is None:
                return False
            if mine is None:
                raise psycopg.OperationalError("the server does not answer")
            if theirs == mine or _process(connection) != mine:
                return True
    return False


def _process(connection: Connection[Any]) -> int | None:
    """The number of the server process that answers; None where none does in time."""
    raw = connection.pgconn
    raw.send_query(_WHO)
    number = None
    give_up = time.monotonic() + PATIENCE_S
    while True:
        raw.flush()
        while raw.is_busy():
            left = max(give_up - time.monotonic(), 0)
            if not select.select([raw.socket], [], [], left)[0]:
                return None
            raw.consume_input()
        if (result := raw.get_result()) is None:
            return number
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError("the server does not say which process it is")
        number = int(result.get_value(0, 0) or 0)
