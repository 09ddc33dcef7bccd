"""Clients that sign up, in a process of their own: nothing that a backfill's process does, such as
holding Python's lock, is counted as a wait for the server.

    python -m benchmarks._signing_up DSN CLIENTS PAUSE_S

Signs up until its standard input ends, then prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

SIGNUP = "INSERT INTO auth.users (email) VALUES ('new@example.org')"
WARM = 20  # of each client: its first ones also fill the server's caches


@dataclass(slots=True)
class Signups:
    """What the clients that sign up saw: seconds each, and errors."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of them took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000


@contextmanager
def signing_up(dsn: str, clients: int, pause_s: float, seen: Signups) -> Iterator[None]:
    """They sign up from here to the end of the block, each in its own transaction.

    What they see is added to `seen`.
    """
    given = [sys.executable, "-m", __name__, dsn, str(clients), str(pause_s)]
    with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            told = json.loads(process.communicate()[0])
            seen.seconds += told["seconds"]
            seen.errors += told["errors"]


def main() -> None:
    """See the module's docstring."""
    dsn, clients, pause_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    seen, stop = Signups(), threading.Event()
    warm = threading.Barrier(clients + 1)

    def client() -> None:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                for _ in range(WARM):
                    connection.execute(SIGNUP)
                warm.wait()
                while not stop.wait(pause_s):
                    begun = time.perf_counter()
                    connection.execute(SIGNUP)
                    seen.seconds.append(time.perf_counter() - begun)
        except psycopg.Error as error:
            seen.errors.append(str(error))
            warm.abort()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    warm.wait()
    print("ready", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": seen.seconds, "errors": seen.errors}))


if __name__ == "__main__":
    main()
