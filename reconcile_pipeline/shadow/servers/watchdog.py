"""Stops what a migration file will not: statements without end, and data without bounds.

A file may set `statement_timeout` to nothing, and catch the error when it is cancelled. So a second
connection looks at what the owner's sessions do: it cancels, and where that does not help, it ends
the session.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.database import ShadowDatabase

TICK_SECONDS = 0.5
GRACE_SECONDS = 5.0  # between a cancel and the end of a session that goes on all the same
SIZE_TICKS = 5  # how many ticks may pass between two looks at the size

_ACTIVE = """
SELECT pid, extract(epoch FROM clock_timestamp() - query_start)::float8
  FROM pg_stat_activity
 WHERE datname = %s AND usename = %s AND state IN ('active', 'fastpath function call')"""
_SIZE = """
SELECT pg_database_size(%s) + coalesce((SELECT sum(size) FROM pg_ls_tmpdir()), 0)::int8"""
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = %s"


class Watchdog:
    """Watches the owner's sessions on a shadow database while it is entered.

    A session that is lost meanwhile, by the watchdog or by a file, leaves it as a ShadowError.

    `statement_seconds`: for one statement. `seconds`: for everything together. `disk_bytes`: of the
    database and its temporary files. Nothing happens in the first half second, so that a short
    replay costs nothing.
    """

    def __init__(
        self,
        database: ShadowDatabase,
        *,
        statement_seconds: float = 70.0,
        seconds: float = 1800.0,
        disk_bytes: int = 2 * 2**30,
    ) -> None:
        self._database = database
        self._statement_seconds = statement_seconds
        self._seconds = seconds
        self._disk_bytes = disk_bytes
        self._reason = ""
        self._over = 0.0  # since when the size has been too large
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="shadow-watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if isinstance(error, psycopg.Error | ShadowError):
            self.check()
        if isinstance(error, psycopg.OperationalError):
            raise ShadowError(
                "The session on the shadow database was ended while the migrations ran.",
                hint="A statement sets a time limit that ends its session, or crashes the server.",
            ) from None

    def check(self) -> None:
        """Raise ShadowError if a session had to be ended; to be asked when a connection is lost."""
        if self._reason:
            raise ShadowError(
                f"The replay was stopped: {self._reason}.",
                hint="One of the migration files runs without end or fills the disk.",
            )

    def _watch(self) -> None:
        connection: Connection[Any] | None = None
        ticks = 0
        try:
            while not self._stop.wait(TICK_SECONDS):
                try:
                    if connection is None or connection.closed:
                        connection = self._database.cluster.connect_admin()
                    self._look(connection, ticks % SIZE_TICKS == 0)
                except psycopg.Error:  # the server restarts after one of its processes died
                    continue
                ticks += 1
        finally:
            if connection is not None:
                connection.close()

    def _look(self, connection: Connection[Any], size_due: bool) -> None:
        names = (self._database.name, self._database.owner)
        active = connection.execute(_ACTIVE, names).fetchall()
        if time.monotonic() - self._began > self._seconds:
            self._end(connection, f"it took longer than {self._seconds:.0f} seconds")
            return
        for pid, seconds in active:
            if seconds > self._statement_seconds + GRACE_SECONDS:
                self._end(connection, f"a statement ran for {seconds:.0f} seconds")
            elif seconds > self._statement_seconds:
                connection.execute("SELECT pg_cancel_backend(%s)", (pid,))
        if size_due or any(seconds > TICK_SECONDS for _, seconds in active):
            self._weigh(connection, [pid for pid, _ in active])

    def _weigh(self, connection: Connection[Any], active: list[int]) -> None:
        row = connection.execute(_SIZE, (self._database.name,)).fetchone()
        if row is None or row[0] <= self._disk_bytes:
            self._over = 0.0
            return
        self._over = self._over or time.monotonic()
        if time.monotonic() - self._over > GRACE_SECONDS:
            self._end(connection, f"its data grew beyond {self._disk_bytes // 2**20} MiB")
        for pid in active:
            connection.execute("SELECT pg_cancel_backend(%s)", (pid,))

    def _end(self, connection: Connection[Any], reason: str) -> None:
        self._reason = self._reason or reason
        connection.execute(_END, (self._database.name, self._database.owner))
