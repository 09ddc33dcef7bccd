"""Run one statement of a migration file, and keep nothing of what it answers.

A hostile or careless file may select gigabytes: rows are let go as they arrive. The extended
protocol takes one command only, so no text can hide a second one, as a COMMIT of our transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, errors, generators, pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer

from reconcile_pipeline.errors import ShadowError

T = TypeVar("T")

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
    _guarded(connection, sql, _exchange(connection.pgconn, sql.encode(), data.encode()))


def run_between(
    connection: Connection[Any], before: Sequence[bytes], sql: str, after: bytes
) -> tuple[Any, ...]:
    """Run `sql` between commands of ours, all in one message; answers the row that `after` gives.

    What fails stops what comes after it. Raises as `run` does. COPY from or to the client has no
    place here.
    """
    commands = (*before, sql.encode(), after)
    result = _guarded(connection, sql, _in_one(connection.pgconn, commands, len(before)))
    loader = Transformer(connection)
    loader.set_pgresult(result)
    return loader.load_row(0, tuple) or ()


def run_together(
    connection: Connection[Any],
    commands: Sequence[bytes],
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[list[Any], psycopg.Error | None]:
    """Run commands in one message: ours, and statements that answer no rows and set nothing in the
    session.

    `meanwhile`: what to do while the server is at it. Answers the one value that each command gave,
    up to the one that failed, and that error. Raises ShadowError as `run` does.
    """
    results, failed = _guarded(connection, "", _each(connection.pgconn, commands, meanwhile))
    loader = Transformer(connection)
    answers: list[Any] = []
    for result in results:
        if not result.ntuples:
            answers.append(None)
        else:
            loader.set_pgresult(result)
            answers.append((loader.load_row(0, tuple) or (None,))[0])
    return answers, failed


def _guarded(connection: Connection[Any], sql: str, exchange: PQGen[T]) -> T:
    """Exchange messages; afterwards the encoding and the time limits are as they were."""
    try:
        with connection.lock:
            answer = connection.wait(exchange)
        if connection.pgconn.parameter_status(b"client_encoding") != _UTF8:
            connection.execute("SET client_encoding TO 'UTF8'")
        if _TIMES.search(sql):
            connection.execute(limits(connection))
        return answer
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
    _few_rows_at_once(pgconn)
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


def _few_rows_at_once(pgconn: pq.abc.PGconn) -> None:
    if pq.version() >= 170000:
        pgconn.set_chunked_rows_mode(ROWS_AT_ONCE)
    else:
        pgconn.set_single_row_mode()


@contextmanager
def _pipeline(pgconn: pq.abc.PGconn) -> Iterator[None]:
    """Pipeline mode, for one message and its answers."""
    pgconn.enter_pipeline_mode()
    try:
        yield
    except BaseException:  # a Ctrl-C in the middle: nobody reads the rest
        pgconn.finish()
        raise
    if pgconn.status == pq.ConnStatus.OK:
        pgconn.exit_pipeline_mode()


def _each(
    pgconn: pq.abc.PGconn, commands: Sequence[bytes], meanwhile: Callable[[], None]
) -> PQGen[tuple[list[pq.abc.PGresult], psycopg.Error | None]]:
    """Send all, then read all; answers the results before the first that failed, and its error."""
    failed, results = None, []
    with _pipeline(pgconn):
        for command in commands:
            pgconn.send_query_params(command, None)
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        meanwhile()
        for _ in commands:
            while (result := (yield from generators.fetch(pgconn))) is not None:
                if result.status == pq.ExecStatus.FATAL_ERROR:
                    failed = failed or errors.error_from_result(result)
                elif failed is None:
                    results.append(result)
        yield from generators.fetch(pgconn)  # the end of the message
    if isinstance(failed, psycopg.OperationalError) and pgconn.status != pq.ConnStatus.OK:
        raise failed
    return results, failed


def _in_one(
    pgconn: pq.abc.PGconn, commands: Sequence[bytes], foreign: int
) -> PQGen[pq.abc.PGresult | None]:
    """Send all, then read all; answers the last one's result. `foreign`: the file's, by number."""
    failed, result, answer = None, None, None
    with _pipeline(pgconn):
        for command in commands:
            pgconn.send_query_params(command, None)
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        for number in range(len(commands)):
            if number == foreign:
                _few_rows_at_once(pgconn)
            while (result := (yield from generators.fetch(pgconn))) is not None:
                if result.status == pq.ExecStatus.FATAL_ERROR:
                    failed = failed or errors.error_from_result(result)
                answer = result
        yield from generators.fetch(pgconn)  # the end of the message
    if failed is not None:
        raise failed
    return answer
