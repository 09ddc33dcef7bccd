"""Two snapshots and their difference as whole processes: ours, migra's and pg-delta's.

    python -m benchmarks.diff_tools [TABLES]

Builds a throwaway database of 1,000 tables (about 26,000 objects) unless told otherwise, a copy of
it with a few changes, and runs each tool on the two. The others are installed by pip and npm into
folders that are gone afterwards; one that cannot be had is named and left out. Prints seconds (the
best of several runs) and the most memory that a process held, by the system's own account.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.catalog_read import CHANGES, build
from reconcile_pipeline.shadow.servers.server import temporary

RUNS = 3
INSTALL_SECONDS = 600

# It imports pkg_resources, and means psycopg2 by a plain URL.
MIGRA = ("migra==3.0.1663481299", "psycopg2-binary", "setuptools<81", "sqlalchemy<2.1")
PG_DELTA = "@supabase/pg-delta@1.0.0-alpha.34"

OURS = """
import sys
from reconcile_pipeline.cli import search_rarely
search_rarely()  # as the command line does
from concurrent.futures import ThreadPoolExecutor
import psycopg
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.read import read
def side(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return read(connection)
with ThreadPoolExecutor(2) as both:
    sides = both.map(side, sys.argv[1:])
for one in compare(*sides):
    print(one.change.value, one.id, *one.facets)
"""


class NotToBeHad(Exception):
    """A tool could not be installed."""


def main() -> None:
    """Build, install, measure, print."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with (
        tempfile.TemporaryDirectory(prefix="rp-tools-") as folder,
        temporary(port=_free_port()) as server,
    ):
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE first TEMPLATE template0")
            with psycopg.connect(server.dsn("first"), autocommit=True) as connection:
                build(connection, tables)
            admin.execute("CREATE DATABASE second TEMPLATE first")
        with psycopg.connect(server.dsn("second"), autocommit=True) as connection:
            for sql in CHANGES.values():
                connection.execute(sql.encode())
        urls = [
            server.tcp_dsn(name, server.superuser, server.password())
            for name in ("first", "second")
        ]
        print(f"{tables} tables, {len(CHANGES)} changes")
        tools = {"ours": [sys.executable, "-c", OURS, *urls]}
        for name, install in (("migra", _migra), ("pg-delta", _pg_delta)):
            try:
                tools[name] = [*install(Path(folder)), *_arguments(name, urls)]
            except NotToBeHad as error:
                print(f"{name:10} left out: {error}")
        measure(tools)


def measure(tools: Mapping[str, Sequence[str]]) -> None:
    """Run each RUNS times, in turns, so that a busy machine slows all alike; print the figures."""
    found: dict[str, list[_Ran]] = {name: [] for name in tools}
    for _ in range(RUNS):
        for name, command in tools.items():
            found[name].append(_ran(command))
    own = min(ran.seconds for ran in found["ours"])
    for name, runs in found.items():
        if failed := [ran.error for ran in runs if ran.error]:
            print(f"{name:10} failed: {failed[0]}")
            continue
        best = min(ran.seconds for ran in runs)
        memory = max(ran.mebibytes for ran in runs)
        print(
            f"{name:10}{best:7.2f} s {memory:6} MiB {runs[0].lines:4} lines of difference,"
            f" {best / own:.1f} times as long as ours"
        )


@dataclass(frozen=True, slots=True)
class _Ran:
    """One run of one tool. `error`: the last words of one that failed."""

    seconds: float
    mebibytes: int
    lines: int
    error: str


def _ran(command: Sequence[str]) -> _Ran:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        output.seek(0)
        lines = sum(1 for line in output if line.strip())
        # They end with 0, or with 2 or 1 for a difference, and then say what it is.
        error = "" if lines else " ".join(errors.read().split())[-200:] or "nothing said"
        return _Ran(took, usage.ru_maxrss // 1024, lines, error)


def _arguments(name: str, urls: Sequence[str]) -> list[str]:
    if name == "migra":
        return ["--unsafe", "--with-privileges", *urls]
    return ["diff", "--source", urls[0], "--desired", urls[1]]


def _migra(folder: Path) -> list[str]:
    place = folder / "migra"
    _run(sys.executable, "-m", "venv", str(place))
    _run(str(place / "bin/pip"), "install", "--quiet", *MIGRA)
    return [str(place / "bin/migra")]


def _pg_delta(folder: Path) -> list[str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NotToBeHad("there is no npm on this machine")
    place = folder / "pg-delta"
    place.mkdir()
    _run(npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), PG_DELTA)
    return [node, str(place / "node_modules/.bin/pgdelta")]


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode:
        raise NotToBeHad(" ".join((done.stderr or done.stdout).split())[-200:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
