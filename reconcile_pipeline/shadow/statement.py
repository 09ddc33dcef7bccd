"""Run one statement of a migration file, and keep nothing of what it answers.

A hostile or careless file may select gigabytes: rows are let go as they arrive. The extended
protocol takes one command only, so no text can hide a second one, as a COMMIT of our transaction.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import Connection, errors, generators, pq
from psycopg.abc import PQGen

from reconcile_pipeline.errors import ShadowError

ROWS_AT_ONCE = 50
_COPY_BYTES = 2**16
_UTF8 = b"UTF8"

STATEMENT_TIMEOUT = "60s"
#: What may change how long our own commands may take; what else does is for the watchdog.
_TIMES = re.compile(r"timeout|set_config|\bexecute\b", re.IGNORECASE)


def run(connection: Connection[Any], sql: str, data: str = "") -> None:
    """Run `sql`; `data` is what COPY … FROM STDIN reads.

    Raises psycopg.Error as `Connection.execute` does, and ShadowError where the connection is lost.
    The client's encoding and the session's time limits are as before afterwards.
    """
    try:
        with connection.lock:
            connection.wait(_exchange(connection.pgconn, sql.encode(), data.encode()))
        if connection.pgconn.parameter_status(b"client_encoding") != _UTF8:
            connection.execute("SET client_encoding TO 'UTF8'")
        if _TIMES.search(sql):
            connection.execute(limits(connection))
    except psycopg.OperationalError:
        if connection.closed:
            raise ShadowError(
                "The session on the shadow database was ended while a migration ran.",
                hint="A statement sets a time limit that ends its session, or crashes the server.",
            ) from None
        raise


def limits(connection: Connection[Any]) -> bytes:
    """SQL for the session's time limits: one for a statement, none that ends the session."""
    names = ["lock_timeout", "idle_in_transaction_session_timeout"]
    if connection.info.server_version >= 170000:
        names.append("transaction_timeout")
    commands = [f"SET {name} TO 0" for name in names]
    commands.append(f"SET statement_timeout TO '{STATEMENT_TIMEOUT}'")
    return ";".join(commands).encode()


def _exchange(pgconn: pq.abc.PGconn, sql: bytes, data: bytes) -> PQGen[None]:
    pgconn.send_query_params(sql, None)
    if pq.version() >= 170000:
        pgconn.set_chunked_rows_mode(ROWS_AT_ONCE)
    else:
        pgconn.set_single_row_mode()
    yield from generators.send(pgconn)
    failed = None
    while (result := (yield from generators.fetch(pgconn))) is not None:
        match result.status:
            case pq.ExecStatus.FATAL_ERROR:
                failed = errors.error_from_result(result)
            case pq.ExecStatus.COPY_IN:
                for start in range(0, len(data), _COPY_BYTES):
                    yield from generators.copy_to(pgconn, data[start : start + _COPY_BYTES])
                yield from generators.copy_end(pgconn, None)
                return
            case pq.ExecStatus.COPY_OUT:
                while isinstance((yield from generators.copy_from(pgconn)), memoryview):
                    pass
                return
    if failed is not None:
        raise failed
