"""A moment of a connection in which the catalog is read: nothing of it stays behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus

from reconcile_pipeline.catalog.template import quoted

#: What decides how the server writes definitions down, always set for the transaction only. With
#: nothing but the system's schema on the path, every other name is written in full; `pg_temp` last
#: keeps temporary tables from standing in for the catalogs.
_VALUES: Final = {
    "search_path": "pg_catalog, pg_temp",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    # The reader's queries join from the catalog that they are about, in the order in which they
    # are written; to look for better ones took the server a tenth of a whole reading.
    "join_collapse_limit": "1",
    # Nor does it pay to think about merging.
    "enable_mergejoin": "off",
}

TRANSACTION_TIMEOUT: Final = 170000  # there is such a setting since then

#: To describe a view the server must lock its tables for a moment. Whoever holds them for long
#: makes that view unreadable, and nobody wait; a patience of the caller's own is kept.
_PATIENCE: Final = (
    "pg_catalog.set_config('lock_timeout', CASE pg_catalog.current_setting('lock_timeout')"
    " WHEN '0' THEN '2s' ELSE pg_catalog.current_setting('lock_timeout') END, true)"
)

_SET: Final = ", ".join(
    [f"pg_catalog.set_config('{name}', '{value}', true)" for name, value in _VALUES.items()]
    + [_PATIENCE]
)
SETTINGS: Final = f"SELECT {_SET}"

#: One row: what each was before, in order; afterwards they are set.
SWAP: Final = (
    "SELECT "
    + "".join(f"pg_catalog.current_setting('{name}'), " for name in (*_VALUES, "lock_timeout"))
    + _SET
)


_MOMENT: Final = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN: Final = f"BEGIN {_MOMENT}"
_SAVEPOINT: Final = "SAVEPOINT reconcile_reading"
_UNDO: Final = ("ROLLBACK TO SAVEPOINT reconcile_reading", "RELEASE SAVEPOINT reconcile_reading")


def restore(was: Sequence[str]) -> str:
    """The statement that takes back what SWAP changed, given its row.

    Needed where rolling back to a savepoint is not wanted: psycopg forgets what it has prepared at
    every ROLLBACK.
    """
    names = (*_VALUES, "lock_timeout")
    return "SELECT " + ", ".join(
        f"pg_catalog.set_config('{name}', {quoted(old)}, true)"
        for name, old in zip(names, was, strict=False)
        if old != _VALUES.get(name)
    )


def patience(connection: Connection[Any], statement: str, lock: str = "2s") -> None:
    """How long the caller's transaction may take, in place of what the user's own settings say.

    A user of an application is often given milliseconds, which no scan of a whole catalog keeps to.
    `statement` and `lock` as the server reads them, e.g. `60s`.
    """
    bounds = {
        "lock_timeout": lock,
        "statement_timeout": statement,
        "idle_in_transaction_session_timeout": "60s",
    }
    if connection.info.server_version >= TRANSACTION_TIMEOUT:
        bounds["transaction_timeout"] = "0"
    chosen = ", ".join(f"pg_catalog.set_config('{n}', '{v}', true)" for n, v in bounds.items())
    connection.execute(f"SELECT {chosen}".encode())


@contextmanager
def looking(connection: Connection[Any], statement: str, lock: str = "2s") -> Iterator[None]:
    """A read-only transaction that sees one moment, with such `patience`; then rolled back."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET TRANSACTION {_MOMENT}".encode())
        patience(connection, statement, lock)
        yield


@contextmanager
def reading(connection: Connection[Any], *, pipeline: bool = False) -> Iterator[None]:
    """One read-only REPEATABLE READ transaction when the connection is idle, else a savepoint.

    Either is rolled back at the end, which also restores the caller's settings. `pipeline`: send
    everything inside without waiting for answers.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        with savepoint(connection, SETTINGS, pipeline=pipeline):
            yield
        return
    try:
        with connection.pipeline() if pipeline else nullcontext():
            begin = _BEGIN if connection.autocommit else f"SET TRANSACTION {_MOMENT}"
            connection.execute(begin.encode())
            connection.execute(SETTINGS)
            yield
    finally:
        if not connection.closed:
            connection.rollback()


def glance(connection: Connection[Any], query: str) -> list[tuple[Any, ...]]:
    """The rows of one query in such a transaction or savepoint, all in one message: asked by
    itself, a query is also planned for the case that it comes again."""
    idle = connection.info.transaction_status is TransactionStatus.IDLE
    if idle and not connection.autocommit:
        with reading(connection):
            return connection.execute(query.encode()).fetchall()
    begin, undo = (_BEGIN, ("ROLLBACK",)) if idle else (_SAVEPOINT, _UNDO)
    try:
        cursor = _at_once(connection, (begin, SETTINGS, query, *undo))
    except BaseException:
        if not connection.closed:
            _at_once(connection, undo)
        raise
    cursor.nextset()
    cursor.nextset()
    return cursor.fetchall()


@contextmanager
def savepoint(connection: Connection[Any], *opening: str, pipeline: bool = False) -> Iterator[None]:
    """Whatever happens inside is undone, settings and errors included. `opening`: the first
    statements inside."""
    try:
        if pipeline:
            with connection.pipeline():
                for statement in (_SAVEPOINT, *opening):
                    connection.execute(statement.encode())
                yield
                connection.execute(_UNDO[0].encode())
        else:
            _at_once(connection, (_SAVEPOINT, *opening))
            yield
    except BaseException:
        if not connection.closed:
            _at_once(connection, _UNDO)
        raise
    _at_once(connection, _UNDO[1:] if pipeline else _UNDO)


def _at_once(connection: Connection[Any], statements: Sequence[str]) -> Cursor[Any]:
    # One message, which psycopg must not try to prepare. A statement may end in a comment.
    return connection.execute("\n;\n".join(statements).encode(), prepare=False)
