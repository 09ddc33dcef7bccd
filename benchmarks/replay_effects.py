"""What seeing effects costs beside a plain replay, and a whole scan of 300 files, 1,000 tables.

Run: `.venv/bin/python -m benchmarks.replay_effects [FILES TABLES [RUNS]]`. Replays plainly and with
effects in turns, and prints medians.
"""

# ruff: noqa: E501  SQL and DDL read better on one line

from __future__ import annotations

import gc
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psycopg
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.cli import search_rarely
from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.drift.scan import attribute_production
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms.platform import build
from reconcile_pipeline.shadow.replaying import prepare as prepare_module
from reconcile_pipeline.shadow.replaying import reach
from reconcile_pipeline.shadow.replaying.prepare import Way, prepare
from reconcile_pipeline.shadow.replaying.replay import Replayer
from reconcile_pipeline.shadow.replaying.statement import run_between
from reconcile_pipeline.shadow.servers.cluster import cluster
from reconcile_pipeline.shadow.servers.server import temporary

RUNS = 5

_SAVE, _NEXT = [b"SAVEPOINT s"], [b"RELEASE SAVEPOINT s", b"SAVEPOINT s"]


def write_directory(folder: Path, files: int, tables: int, *, crowded: bool = False) -> None:
    """A directory of the usual mix: tables, RLS, policies, indexes, functions, triggers, columns.

    `crowded`: of what files alter, a fifth is in one table of a hundred, as in directories that
    grew around a table of users.
    """
    chance = random.Random(files)
    each = -(-tables // files)
    table = 0
    for number in range(1, files + 1):
        parts = [f"-- migration {number}"]
        for _ in range(each):
            if table >= tables:
                break
            t = f"t{table}"
            parts += [
                f"create table public.{t} (id uuid primary key default gen_random_uuid(),"
                " owner_id uuid not null, name text not null, kind text default 'a' check (kind <> ''),"
                f" created_at timestamptz not null default now())",
                f"alter table public.{t} enable row level security",
                f"create policy {t}_read on public.{t} for select using (owner_id is not null)",
                f"create index {t}_owner on public.{t} (owner_id)",
            ]
            table += 1
        if number > 1:
            made = max(table - each, 1)
            old = f"t{int(chance.random() ** 3 * made) if crowded else (number * 7) % made}"
            parts += [
                f"alter table public.{old} add column if not exists c{number} integer default {number}",
                f"create or replace function public.f{number % 40}() returns integer language sql"
                f" stable as $$ select {number} $$",
                f"comment on table public.{old} is 'as of {number}'",
            ]
        (folder / f"{number:04}_step.sql").write_text(";\n\n".join(parts) + ";\n")


@contextmanager
def copied(database: ShadowDatabase, name: str, *, bare: bool = False) -> Iterator[ShadowDatabase]:
    """A copy of the database; `bare`: one that records nothing."""
    copy = replace(database, name=name)
    with database.cluster.connect_admin() as admin:
        admin.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                Identifier(name), Identifier(database.name), Identifier(database.owner)
            )
        )
    if bare:
        with database.cluster.connect_admin(name) as admin:
            admin.execute("DROP SCHEMA reconcile_shadow CASCADE")
    yield copy
    with database.cluster.connect_admin() as admin:
        admin.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


def plain(database: ShadowDatabase, files: Sequence[MigrationFile]) -> None:
    """The same statements: a transaction a file, a savepoint a statement, the same settings, one
    message a statement, and nothing else."""
    with database.connect_owner() as connection:
        for file in files:
            connection.execute("BEGIN")
            before = _SAVE
            for statement in file.statements:
                ready = prepare(statement)
                if ready.way is Way.OWNER:
                    try:
                        run_between(connection, before, ready.sql, b"SELECT")
                    except psycopg.Error:
                        connection.execute("ROLLBACK TO SAVEPOINT s")
                    before = _NEXT
            connection.execute("COMMIT")
            database.reset(connection)


def with_effects(database: ShadowDatabase, files: Sequence[MigrationFile]) -> None:
    """The replay as attribution runs it, from the copy to go back to to the last whole reading."""
    with Replayer(database, files) as replayer:
        replayer.run(lambda file, index: True)


@dataclass(frozen=True, slots=True)
class Took:
    """One run: seconds by the clock, and of processor time in this process and in the server; page
    faults of both, which cost little or much as the machine's memory is needed elsewhere."""

    clock: float
    client: float
    server: float
    client_faults: float
    server_faults: float


def timed(database: ShadowDatabase, name: str, action: Callable[[ShadowDatabase], None]) -> Took:
    """Run it on a copy of the database, with nothing remembered of an earlier run."""
    for memory in (prepare_module._prepare, reach._kept, reach._latest):
        memory.cache_clear()
    gc.collect()
    with copied(database, name, bare=name == "bare") as copy, watching(copy) as spent:
        before = spent()
        action(copy)
        return Took(*(b - a for a, b in zip(before, spent(), strict=True)))


@contextmanager
def watching(database: ShadowDatabase) -> Iterator[Callable[[], tuple[float, ...]]]:
    """Asks what the fields of `Took` stand at; of the server, with processes that have ended."""
    with database.cluster.connect_admin() as admin:
        postmaster = _parent(admin.info.backend_pid)

        def spent() -> tuple[float, ...]:
            own = resource.getrusage(resource.RUSAGE_SELF)
            processes = [*_children(postmaster), _stat(postmaster)]
            processes.append(_stat(postmaster, ended=True))
            seconds, faults = (sum(each) for each in zip(*processes, strict=True))
            clock, client = time.perf_counter(), own.ru_utime + own.ru_stime
            return clock, client, seconds, own.ru_minflt, faults

        yield spent


def _children(parent: int) -> list[tuple[float, int]]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [_stat(pid) for pid in pids if _parent(pid) == parent]


def _parent(pid: int) -> int:
    return int(_fields(pid)[1])


def _stat(pid: int, *, ended: bool = False) -> tuple[float, int]:
    """Processor seconds and page faults, its own or its `ended` children's."""
    fields = _fields(pid)
    first, faults = (13, 8) if ended else (11, 7)
    ticks = int(fields[first]) + int(fields[first + 1])
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[faults])


def _fields(pid: int) -> list[str]:
    """From the third on, as proc(5) counts them; zeros for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return ["0"] * 20
    return text.rpartition(")")[2].split()


def show(name: str, runs: Sequence[Took], statements: int) -> None:
    """Print the medians of some runs."""
    middle = {each: median(getattr(run, each) for run in runs) for each in Took.__slots__}
    print(
        f"{name:14}{middle['clock']:6.2f} s, {1000 * middle['clock'] / statements:.2f} ms a statement;"
        f" processor {middle['client']:.2f} s here and {middle['server']:.2f} s in the server;"
        f" {middle['client_faults']:.0f} and {middle['server_faults']:.0f} page faults"
    )


def main() -> None:
    """Build, measure, print."""
    search_rarely()  # as the command line does
    given = dict(enumerate(map(int, sys.argv[1:])))
    count, tables, runs = given.get(0, 300), given.get(1, 1000), given.get(2, RUNS)
    with tempfile.TemporaryDirectory() as name, temporary() as server:
        folder = Path(name)
        write_directory(folder, count, tables)
        inventory = take_inventory(folder)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("create database production")
        skipped = {count - 3, count // 2}
        with psycopg.connect(server.dsn("production"), autocommit=True) as production:
            for number, file in enumerate(inventory.files):
                if number in skipped:
                    continue
                for statement in file.statements:
                    try:
                        production.execute(statement.sql.encode(), prepare=False)
                    except psycopg.Error:
                        continue
        dsn = server.dsn("production")
        statements = sum(len(f.statements) for f in inventory.files)
        seen = read_production(dsn)
        with cluster() as shadow:
            database, _ = build(shadow, seen.source, dsn, "", MANAGED_SCHEMAS)
            pairs = []
            for _ in range(runs):  # in turns, so that a busy machine slows both alike
                one = timed(database, "bare", lambda copy: plain(copy, inventory.files))
                pairs.append(
                    (one, timed(database, "seen", lambda copy: with_effects(copy, inventory.files)))
                )
        print(f"{count} files, {tables} tables, {statements} statements, {runs} runs of each")
        show("plain replay", [one for one, _ in pairs], statements)
        show("with effects", [other for _, other in pairs], statements)
        ratios = sorted(other.clock / one.clock for one, other in pairs)
        print(f"ratio {median(ratios):.2f} (each pair: {', '.join(f'{r:.2f}' for r in ratios)})")
        began = time.perf_counter()
        found = attribute_production("production", dsn, seen, inventory)
        print(f"whole attribution {time.perf_counter() - began:7.2f} s")
        wrong = [
            m.path for n, m in enumerate(found.attribution.migrations)
            if (m.verdict.value == "not_applied") != (n in skipped)
        ]  # fmt: skip
        print(
            f"wrongly judged: {wrong or 'none'}; unexplained: {len(found.attribution.unexplained)}"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory       {peak:7.0f} MiB")


if __name__ == "__main__":
    main()
