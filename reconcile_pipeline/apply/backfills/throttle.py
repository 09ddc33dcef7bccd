"""Hold a backfill back while replicas lag behind, or while its pages make others wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from psycopg import Connection

_LAG = """
SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::int FROM pg_catalog.pg_stat_replication
"""


class Throttle:
    """Sleeps between pages, and says how big the next one may be.

    For replicas: while one is more than `most_s` behind, `longest_s` in all at a time. The lag is
    asked for at most once a second; a user who may not see it is told 0.

    For blocked sessions: `waiters` counts those that were seen waiting for us so far. Where a page
    made somebody wait, the next one is half as big, and comes only after a pause as long as that
    page was, so that whoever queued gets in.
    """

    def __init__(
        self,
        most_s: int = 5,
        longest_s: float = 30.0,
        waiters: Callable[[], int] = lambda: 0,
    ) -> None:
        self.most_s = most_s
        self.longest_s = longest_s
        self.slept_s = 0.0
        self.blocked_pages = 0
        self._waiters = waiters
        self._seen = waiters()
        self._asked = 0.0

    def wait(self, connection: Connection[Any]) -> None:
        """Return when the replicas have followed, or when it has taken long enough."""
        if self._asked and time.monotonic() - self._asked < 1:
            return
        deadline = time.monotonic() + self.longest_s
        while self._lag(connection) > self.most_s and time.monotonic() < deadline:
            self._sleep(0.5)
        self._asked = time.monotonic()

    def after(self, size: int, milliseconds: int) -> int | None:
        """After a page of this size that took so long: the next one's size where it blocked
        somebody, else None."""
        before, self._seen = self._seen, self._waiters()
        if self._seen <= before:
            return None
        self.blocked_pages += 1
        self._sleep(min(milliseconds, 2000) / 1000)
        return max(1, size // 2)

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        self.slept_s += seconds

    def _lag(self, connection: Connection[Any]) -> int:
        row = connection.execute(_LAG).fetchone()
        return int(row[0]) if row else 0
