"""How much memory a backfill takes as it goes on: the same at ten million rows as at one.

    python -m benchmarks.backfill_memory [USERS [BATCH]]

Prints the resident memory of this process at each million of rows; 2,000,000 users in batches of
10,000 unless asked otherwise. Ten million want some 8 GB of the temporary folder.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.backfill import empty, filled, make_world, memory
from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.shadow.servers.server import temporary

STEP = 1_000_000
SETTINGS = {"max_wal_size": "2GB", "shared_buffers": "512MB"}


def resident() -> float:
    """Megabytes of this process that are in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    """Print a line a million."""
    given = [int(each) for each in sys.argv[1:]]
    users, batch = (*given, *(2_000_000, 10_000)[len(given) :])
    folder = Path(tempfile.mkdtemp(prefix="rp-bench-"))
    begun, told = [0.0], [0]

    def follow(event: Event) -> None:
        done = event.done or 0
        if done // STEP > told[0]:
            told[0] = done // STEP
            seconds = time.monotonic() - begun[0]
            print(f"{done:12,} rows {seconds:8.1f} s {resident():6.1f} MB", flush=True)

    try:
        with temporary(settings=SETTINGS) as server:
            make_world(server.dsn(), users)
            empty(server.dsn())
            print(f"{users:,} users, batches of {batch:,}: {resident():.1f} MB before", flush=True)
            begun[0] = time.monotonic()
            whole, _, result = filled(server.dsn(), batch, folder / "run", follow)
            print(
                f"whole step {whole:.1f} s, longest transaction {result.facts['longest_page_ms']}"
                f" ms, {result.facts['inserted']:,} rows, most memory ever {memory():.1f} MB"
            )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
