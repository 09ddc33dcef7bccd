"""How long a person waits for the throwaway server: made from nothing, started again, and joined.

    python benchmarks/server_start.py

Prints milliseconds, the best of several runs.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from reconcile_pipeline.shadow.servers.server import Server

RUNS = 5


def best(run: Callable[[], object]) -> float:
    """Milliseconds of the fastest of RUNS runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def answer(server: Server) -> None:
    """Start, ask something, and stop unless somebody else still uses it."""
    with server, psycopg.connect(server.dsn()) as connection:
        connection.execute("SELECT 1")


def main() -> None:
    """Print every number."""
    folder = Path(tempfile.mkdtemp(prefix="rp-bench-"))
    folder.chmod(0o755)
    server = Server(folder / "server")

    def from_nothing() -> None:
        server.destroy()
        answer(server)

    try:
        print(f"from nothing {best(from_nothing):8.0f} ms")
        print(f"started again{best(lambda: answer(server)):8.0f} ms")
        with Server(folder / "server"):
            print(f"joined       {best(lambda: answer(server)):8.0f} ms")
    finally:
        server.destroy()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
