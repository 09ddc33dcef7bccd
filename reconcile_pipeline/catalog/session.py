"""A moment of a connection in which the catalog is read: nothing of it stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from psycopg import Connection
from psycopg.pq import TransactionStatus

#: What decides how the server writes definitions down, all of it SET LOCAL. With only the system's
#: schema on the path every other name is written in full; `pg_temp` last keeps temporary tables
#: from standing in for the catalogs.
SETTINGS: Final = """SELECT set_config('search_path', 'pg_catalog, pg_temp', true),
 set_config('quote_all_identifiers', 'off', true),
 set_config('standard_conforming_strings', 'on', true),
 set_config('DateStyle', 'ISO, MDY', true), set_config('IntervalStyle', 'postgres', true),
 set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '1', true),
 set_config('bytea_output', 'hex', true), set_config('jit', 'off', true),
 set_config('plan_cache_mode', 'force_generic_plan', true)"""


@contextmanager
def reading(connection: Connection[Any], *, pipeline: bool = False) -> Iterator[None]:
    """One read-only REPEATABLE READ transaction when the connection is idle, else a savepoint.

    Either is rolled back at the end, which also restores the caller's settings. `pipeline`: send
    everything inside without waiting for answers.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        with savepoint(connection, pipeline=pipeline):
            connection.execute(SETTINGS)
            yield
        return
    try:
        with connection.pipeline() if pipeline else nullcontext():
            if connection.autocommit:
                connection.execute("BEGIN")
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(SETTINGS)
            yield
    finally:
        if not connection.closed:
            connection.rollback()


@contextmanager
def savepoint(connection: Connection[Any], *, pipeline: bool = False) -> Iterator[None]:
    """Whatever happens inside is undone, settings and errors included."""
    undo = "ROLLBACK TO SAVEPOINT reconcile_reading"
    try:
        with connection.pipeline() if pipeline else nullcontext():
            connection.execute("SAVEPOINT reconcile_reading")
            yield
            connection.execute(undo)
    except BaseException:
        if not connection.closed:
            connection.execute(undo)
            connection.execute("RELEASE SAVEPOINT reconcile_reading")
        raise
    connection.execute("RELEASE SAVEPOINT reconcile_reading")
