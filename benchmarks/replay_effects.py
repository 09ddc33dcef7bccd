"""What seeing effects costs beside a plain replay, and a whole scan of 300 files, 1,000 tables.

Run: `.venv/bin/python -m benchmarks.replay_effects [FILES TABLES]`. Prints ratios of one run.
"""

# ruff: noqa: E501  SQL and DDL read better on one line

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.drift.production import read_production
from reconcile_pipeline.drift.scan import attribute_production
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.cluster import cluster
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platform import build
from reconcile_pipeline.shadow.prepare import Way, prepare
from reconcile_pipeline.shadow.replay import Replayer
from reconcile_pipeline.shadow.server import temporary
from reconcile_pipeline.shadow.statement import run_between

_SAVE, _NEXT = [b"SAVEPOINT s"], [b"RELEASE SAVEPOINT s", b"SAVEPOINT s"]


def write_directory(folder: Path, files: int, tables: int) -> None:
    """A directory of the usual mix: tables, RLS, policies, indexes, functions, triggers, columns."""
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
            old = f"t{(number * 7) % max(table - each, 1)}"
            parts += [
                f"alter table public.{old} add column if not exists c{number} integer default {number}",
                f"create or replace function public.f{number % 40}() returns integer language sql"
                f" stable as $$ select {number} $$",
                f"comment on table public.{old} is 'as of {number}'",
            ]
        (folder / f"{number:04}_step.sql").write_text(";\n\n".join(parts) + ";\n")


def bare(database: ShadowDatabase) -> ShadowDatabase:
    """A copy of it that records nothing."""
    copy = replace(database, name="bare")
    with database.cluster.connect_admin() as admin:
        admin.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                Identifier(copy.name), Identifier(database.name), Identifier(database.owner)
            )
        )
    with database.cluster.connect_admin(copy.name) as admin:
        admin.execute("DROP SCHEMA reconcile_shadow CASCADE")
    return copy


def plain(database: ShadowDatabase, files: Sequence[MigrationFile]) -> float:
    """Seconds for the same statements on such a copy: a transaction a file, a savepoint a
    statement, the same settings and as few messages as with effects, and nothing else."""
    copy = bare(database)
    began = time.perf_counter()
    with copy.connect_owner() as connection:
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
            copy.reset(connection)
    took = time.perf_counter() - began
    with database.cluster.connect_admin() as admin:
        admin.execute("DROP DATABASE bare")
    return took


def main() -> None:
    """Build, measure, print."""
    count, tables = (int(a) for a in (sys.argv[1:] or ["300", "1000"]))
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
            plain_s = min(plain(database, inventory.files) for _ in range(2))
            began = time.perf_counter()
            with Replayer(database, inventory.files) as replayer:
                replayer.run(lambda file, index: True)
            effects_s = time.perf_counter() - began
        print(f"{count} files, {tables} tables, {statements} statements")
        print(
            f"plain replay      {plain_s:7.2f} s  {1000 * plain_s / statements:.2f} ms a statement"
        )
        print(f"with effects      {effects_s:7.2f} s  ratio {effects_s / plain_s:.2f}")
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
