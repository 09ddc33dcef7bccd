"""How a scan grows with the directory, where many files alter the same few tables.

Run: `.venv/bin/python -m benchmarks.search_growth [FILES …]`. For each number of files as many
tables; of the files one in twenty never ran, one in twenty was cut off, and 20 objects were changed
by hand. A process each, so that its peak of memory is its own.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from benchmarks.replay_effects import write_directory
from reconcile_pipeline.cli import search_rarely
from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.drift.scan import attribute_production
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.shadow.servers.server import temporary

FILES = (100, 200, 400)
SHARE = 0.1  # of the files, not run whole
BY_HAND = (
    "drop policy {0}_read on public.{0}",
    "drop index public.{0}_owner",
    "alter table public.{0} add column hand integer",
    "alter table public.{0} disable row level security",
    "alter table public.{0} alter kind set default 'b'",
)
CHANGES = 20  # by hand


def measure(count: int) -> None:
    """One directory: build, scan, print."""
    search_rarely()  # as the command line does
    chance = random.Random(count)
    with tempfile.TemporaryDirectory() as name, temporary() as server:
        write_directory(Path(name), count, count, crowded=True)
        inventory = take_inventory(Path(name))
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("create database production")
        statements = [[s.sql for s in file.statements] for file in inventory.files]
        with psycopg.connect(server.dsn("production"), autocommit=True) as production:
            for each in statements:
                drawn = chance.random()
                end = 0 if drawn < SHARE / 2 else chance.randrange(1, len(each) - 1)
                run(production, each[: end if drawn < SHARE else None])
            tables = production.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            )
            for number, (table,) in enumerate(chance.sample(sorted(tables.fetchall()), CHANGES)):
                run(production, [BY_HAND[number % len(BY_HAND)].format(table)])
        dsn = server.dsn("production")
        began = time.perf_counter()
        found = attribute_production("production", dsn, read_production(dsn), inventory)
        seconds = time.perf_counter() - began
        own = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"{count:5} files: {seconds:6.1f} s, {1000 * seconds / count:5.0f} ms a file,"
            f" processor here {own.ru_utime:6.1f} s, peak {own.ru_maxrss / 1024:5.0f} MiB;"
            f" unexplained: {len(found.attribution.unexplained)}"
        )


def run(production: Connection[Any], statements: list[str]) -> None:
    """As a person at a prompt: what fails is left."""
    for sql in statements:
        try:
            production.execute(sql.encode(), prepare=False)
        except psycopg.Error:
            continue


def main() -> None:
    """Measure each size."""
    for count in map(int, sys.argv[1:] or FILES):
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(count,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
