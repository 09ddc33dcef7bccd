"""Give replicas time to follow a backfill."""

from __future__ import annotations

import time
from typing import Any

from psycopg import Connection

_LAG = """
SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::int FROM pg_catalog.pg_stat_replication
"""


class Throttle:
    """Sleeps while a replica is more than `most_s` behind, `longest_s` in all at a time.

    The lag is asked for at most once a second. A user who may not see it is told 0.
    """

    def __init__(self, most_s: int = 5, longest_s: float = 30.0) -> None:
        self.most_s = most_s
        self.longest_s = longest_s
        self.slept_s = 0.0
        self._asked = 0.0

    def wait(self, connection: Connection[Any]) -> None:
        """Return when the replicas have followed, or when it has taken long enough."""
        if time.monotonic() - self._asked < 1:
            return
        deadline = time.monotonic() + self.longest_s
        while self._lag(connection) > self.most_s and time.monotonic() < deadline:
            time.sleep(0.5)
            self.slept_s += 0.5
        self._asked = time.monotonic()

    def _lag(self, connection: Connection[Any]) -> int:
        row = connection.execute(_LAG).fetchone()
        return int(row[0]) if row else 0
