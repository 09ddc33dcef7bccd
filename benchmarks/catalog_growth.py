"""Whether reading the catalog grows with the catalog and no faster, up to 10,000 tables.

    python -m benchmarks.catalog_growth [TABLES …]

Makes one throwaway database larger step by step (1,000, 3,000 and 10,000 tables unless told
otherwise). At each size, a process of its own reads the whole catalog, takes its fingerprint and
compares two readings. Prints the seconds of each (the best of several runs), the most memory that
the process held by the system's own account, and what one object takes beside the first size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import psycopg

from benchmarks.catalog_read import build, server_time
from reconcile_pipeline.shadow.servers.server import temporary

SIZES = (1000, 3000, 10_000)

READER = """
import json, sys, time
import psycopg
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import fingerprint
from reconcile_pipeline.catalog.read import read
times = {}
def timed(name, action, runs=3):
    for _ in range(runs):
        start = time.perf_counter()
        result = action()
        took = time.perf_counter() - start
        times[name] = min(took, times.get(name, took))
    return result
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    first = timed("read", lambda: read(connection))
    second = read(connection)
timed("compare", lambda: compare(first, second))
timed("fingerprint", lambda: fingerprint(first))
print(json.dumps({"objects": sum(len(r.objects) for r in first.kinds.values()), **times}))
"""


def main() -> None:
    """Grow, measure, print."""
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    # Making many tables in one transaction takes locks on all of them.
    with temporary(settings={"max_locks_per_transaction": "1024"}) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE bench TEMPLATE template0")
        there, first = 0, 0.0
        print(
            " tables  objects  server s  read s  ratio  compare s  fingerprint s   MiB  an object"
        )
        for tables in sizes:
            with psycopg.connect(server.dsn("bench"), autocommit=True) as connection:
                build(connection, tables, there)
                alone = min(server_time(connection) for _ in range(3)) / 1000
            there = tables
            seen, memory = _read_apart(server.dsn("bench"))
            each = seen["read"] / seen["objects"]
            first = first or each
            print(
                f"{tables:7,}{seen['objects']:9,.0f}{alone:10.2f}{seen['read']:8.2f}"
                f"{seen['read'] / alone:7.2f}{seen['compare']:11.2f}{seen['fingerprint']:15.2f}"
                f"{memory:6,}{each / first:9.2f}x",
                flush=True,
            )


def _read_apart(dsn: str) -> tuple[dict[str, float], int]:
    """Figures of one reading process, and the MiB that it held at most."""
    process = subprocess.Popen([sys.executable, "-c", READER, dsn], stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the reader ended with {process.returncode}")
    found: dict[str, float] = json.loads(said)
    return found, usage.ru_maxrss // 1024


if __name__ == "__main__":
    main()
