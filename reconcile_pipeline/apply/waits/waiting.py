"""Who waits for us, and for how long: asked every few milliseconds while an apply runs.

PostgreSQL says who blocks whom (`pg_blocking_pids`, which also counts whom our own wait for a lock
holds up) and since when somebody waits (`pg_locks.waitstart`, since version 14).

To ask that stops the server's lock table for a moment, and the longer the more locks there are
(15 ms at 30,000). So whether anybody waits at all is looked up where it costs nobody anything, if
we may see it there, and after each look comes a pause many times as long.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.apply.connection import open_connection
from reconcile_pipeline.apply.waits.log import (
    UNSEEN,
    Wait,
    WatchLog,
    boot_id,
    read_last,
    read_waits,
)
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.redact import redact

APPLICATION = "reconcile_pipeline watcher"
LISTED = 20
READY_S = 5.0  # how long a step waits for the watcher's first sample
RECONNECTS = 50

PAUSES = 10  # times as long as a look took: a tenth of one processor is the most it ever takes

_ANYBODY = "SELECT 1 FROM pg_catalog.pg_locks WHERE NOT granted LIMIT 1"
# Of other users' sessions it says so only to those who may read everybody's statistics.
_ANYBODY_SEEN = """
SELECT 1 FROM pg_catalog.pg_stat_get_activity(NULL) WHERE wait_event_type = 'Lock' LIMIT 1"""
_MAY_SEE = "SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')"
_BACKEND = """
SELECT pg_catalog.pg_backend_pid(), (SELECT setting FROM pg_catalog.pg_settings
                                     WHERE name = 'client_connection_check_interval')
"""
_WAITING = """
SELECT l.pid, min(coalesce(a.application_name, '')),
       max(extract(epoch FROM pg_catalog.clock_timestamp() - {since}) * 1000)::float8
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE NOT l.granted AND l.pid <> ALL (%(ours)s::int[])
  AND pg_catalog.pg_blocking_pids(l.pid) && %(ours)s::int[]
GROUP BY l.pid
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the watcher saw. Waits are upper bounds: they end at the sample that sees them no more.

    `interval_ms`: the longest pause between two samples. `waits`: the longest ones. `complete` is
    False where the watcher was cut off; `reason` says why.
    """

    longest_ms: int = 0
    waiters: int = 0
    samples: int = 0
    interval_ms: int = 20
    waits: tuple[Wait, ...] = ()
    complete: bool = True
    reason: str = ""


class Watcher:
    """A thread with its own connection that samples until it is closed.

    Where it loses its connection it makes another; how long nobody could watch then counts as a
    wait, since somebody may have waited as long. `log` keeps what it sees should we be killed.
    """

    def __init__(self, dsn: str, interval_ms: int = 20, log: WatchLog | None = None) -> None:
        self._dsn = dsn
        self._interval = interval_ms
        self._shortest_s = interval_ms / 1000
        self._cost_s = interval_ms / 1000 / PAUSES
        self._log = log
        self._grace = 0
        self._ours: set[int] = set()
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._now: dict[int, tuple[str, float, float]] = {}  # pid: application, waited, seen at
        self._done: list[Wait] = []
        self._waiters = 0
        self._samples = 0
        self._reason = ""
        self._last = 0.0  # when the last sample was taken; 0 before the first
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def watch(self, connection: Connection[Any]) -> None:
        """Count waits for this connection's backend as waits for us."""
        row = connection.execute(_BACKEND).fetchone()
        assert row is not None
        self._ours = {*self._ours, int(row[0])}
        self._grace = int(row[1] or 0)

    def __enter__(self) -> Watcher:
        self._thread.start()
        self._ready.wait(timeout=READY_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def waiters(self) -> int:
        """How many sessions were seen waiting for us so far."""
        return self._waiters

    def result(self) -> Waiting:
        """What was seen so far; all of it once the watcher is closed."""
        waits = sorted(self._done, key=lambda wait: -wait.milliseconds)
        return Waiting(
            longest_ms=waits[0].milliseconds if waits else 0,
            waiters=self._waiters,
            samples=self._samples,
            interval_ms=self._interval,
            waits=tuple(waits[:LISTED]),
            complete=not self._reason,
            reason=self._reason,
        )

    def _run(self) -> None:
        for tries in range(RECONNECTS):
            try:
                self._reason = self._reason or "it never began"
                self._watch()
                break
            except (psycopg.Error, TargetError) as error:
                self._reason = " ".join(redact(str(error), self._dsn).split())
                if self._stop.is_set() and tries:
                    break
                self._stop.wait(0.05 * tries)
        self._ready.set()
        self._end(set(), time.monotonic())
        if self._log is not None:
            self._log.close()

    def _watch(self) -> None:
        """Sample until the end. psycopg's errors and TargetError pass through."""
        with open_connection(self._dsn, application=APPLICATION, timeout_s=5) as connection:
            connection.execute("SET statement_timeout = '5s'")
            connection.execute("SET default_transaction_read_only = on")
            since = "l.waitstart" if connection.info.server_version >= 140000 else "NULL"
            query = _WAITING.format(since=f"{since}::timestamptz").encode()
            anybody = _ANYBODY_SEEN if _may_see(connection) else _ANYBODY
            pause_s = self._sample(connection, anybody, query)
            self._reason = ""
            self._ready.set()
            while not self._stop.wait(pause_s):
                pause_s = self._sample(connection, anybody, query)
            self._sample(connection, anybody, query)

    def _sample(self, connection: Connection[Any], anybody: str, query: bytes) -> float:
        """Look once; returns for how many seconds not to look again."""
        begun = time.monotonic()
        found = []
        if connection.execute(anybody.encode()).fetchone():
            found = connection.execute(query, {"ours": list(self._ours)}).fetchall()
        now = time.monotonic()
        self._cost_s = min(now - begun, self._cost_s * 2)  # one slow look alone says little
        pause_s = max(self._shortest_s, self._cost_s * PAUSES)
        self._interval = max(self._interval, round(pause_s * 1000))
        self._samples += 1
        if self._reason and self._last:
            self._note(Wait(UNSEEN, round((now - self._last) * 1000)))
        self._last = now
        self._end({pid for pid, _, _ in found}, now)
        for pid, application, waited in found:
            if pid not in self._now:
                self._waiters += 1
                self._now[pid] = (application, waited or 0.0, now)
                continue
            _, known, seen = self._now[pid]
            longer = waited if waited is not None else known + (now - seen) * 1000
            self._now[pid] = (application, longer, now)
        if self._log is not None:
            ongoing = round(max((waited for _, waited, _ in self._now.values()), default=0))
            self._log.sampled(self._samples, self._waiters, ongoing, self._interval, self._grace)
        return pause_s

    def _end(self, still: set[int], now: float) -> None:
        for pid in [each for each in self._now if each not in still]:
            application, waited, seen = self._now.pop(pid)
            name = redact(application) or "(no application name)"
            self._note(Wait(name, round(waited + (now - seen) * 1000)))

    def _note(self, wait: Wait) -> None:
        self._done.append(wait)
        if self._log is not None:
            self._log.ended(wait)
        # Enough to name the longest; a long apply on a busy server must not fill the memory.
        if len(self._done) > 1000:
            self._done = sorted(self._done, key=lambda w: -w.milliseconds)[:LISTED]


def _may_see(connection: Connection[Any]) -> bool:
    row = connection.execute(_MAY_SEE).fetchone()
    return bool(row and row[0])


def cut_off(folder: Path, run: int) -> Waiting:
    """What the watcher of a run saw that was killed, and how long anybody may have waited then."""
    last = read_last(folder, run)
    if last is None:
        return Waiting(complete=False, reason="a run was cut off before anybody watched")
    waits = read_waits(folder, run)
    reason = ""
    if not last.boot or last.boot != boot_id():
        reason = "a run was cut off with its machine"
    elif not last.grace_ms:
        reason = "a run was cut off, and the server does not say when it ended our session"
    else:
        waits.append(Wait(UNSEEN, last.ongoing_ms + last.interval_ms + last.grace_ms))
    waits.sort(key=lambda wait: -wait.milliseconds)
    return Waiting(
        longest_ms=waits[0].milliseconds if waits else 0,
        waiters=last.waiters,
        samples=last.samples,
        interval_ms=last.interval_ms,
        waits=tuple(waits[:LISTED]),
        complete=not reason,
        reason=reason,
    )
