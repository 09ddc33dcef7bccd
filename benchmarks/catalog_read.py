"""How fast the catalog is read, against what the server itself needs for it.

    python benchmarks/catalog_read.py [TABLES]

Builds a throwaway database of 1,000 tables (about 26,000 objects) unless told otherwise, and
prints milliseconds (the best of several runs) and the ratios between them.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.sql import SQL

from reconcile_pipeline.catalog import rare, template
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import fingerprint, trigger
from reconcile_pipeline.catalog.incremental import refresh, track
from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read, read_scope
from reconcile_pipeline.catalog.session import reading
from reconcile_pipeline.shadow.servers.server import temporary

RUNS = 7

CHANGES = {
    "column added": "ALTER TABLE public.t_5 ADD COLUMN extra text",
    "policy dropped": "DROP POLICY own_read ON public.t_5",
    "function replaced": "CREATE OR REPLACE FUNCTION public.touch_5() RETURNS trigger LANGUAGE"
    " plpgsql AS 'BEGIN RETURN NEW; END'",
    "table created": "CREATE TABLE public.fresh (id bigserial PRIMARY KEY, note text UNIQUE)",
    "column renamed": "ALTER TABLE public.t_5 RENAME COLUMN title TO name",
}

BUILD = """
DO $$
DECLARE
    i integer;
BEGIN
    FOR i IN {first}..{last} LOOP
        EXECUTE format('CREATE FUNCTION public.touch_%1$s() RETURNS trigger LANGUAGE plpgsql AS
            ''BEGIN NEW.updated_at := now(); RETURN NEW; END''', i);
        EXECUTE format('CREATE TABLE public.t_%1$s (id bigserial PRIMARY KEY,
            parent_id bigint REFERENCES public.t_%2$s (id) ON DELETE CASCADE,
            owner_id uuid NOT NULL, title text NOT NULL DEFAULT ''untitled'',
            slug varchar(80) UNIQUE,
            price numeric(10, 2) CHECK (price >= 0), tags text[] DEFAULT ''{{}}'',
            data jsonb NOT NULL DEFAULT ''{{}}'', created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz, deleted_at timestamptz, note text)', i, greatest(i - 1, 1));
        EXECUTE format('CREATE INDEX ON public.t_%s (owner_id)', i);
        EXECUTE format('CREATE INDEX ON public.t_%s (parent_id, created_at)', i);
        EXECUTE format('CREATE INDEX ON public.t_%s (title) WHERE deleted_at IS NULL', i);
        EXECUTE format('ALTER TABLE public.t_%s ENABLE ROW LEVEL SECURITY', i);
        EXECUTE format('CREATE POLICY own_read ON public.t_%s FOR SELECT
            USING (owner_id = current_setting(''app.user'')::uuid AND deleted_at IS NULL)', i);
        EXECUTE format('CREATE POLICY own_write ON public.t_%s FOR UPDATE
            USING (owner_id = current_setting(''app.user'')::uuid)', i);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.t_%s TO reader, writer', i);
        EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON public.t_%1$s
            FOR EACH ROW EXECUTE FUNCTION public.touch_%1$s()', i);
        IF i % 4 = 0 THEN
            EXECUTE format('CREATE VIEW public.v_%1$s AS SELECT a.id, a.title, b.title AS parent
                FROM public.t_%1$s a JOIN public.t_%2$s b ON b.id = a.parent_id
                WHERE a.deleted_at IS NULL', i, i - 1);
        END IF;
    END LOOP;
END $$
"""


def build(connection: psycopg.Connection[Any], tables: int, there: int = 0) -> None:
    """Make the tables, in batches that keep within one transaction's locks.

    `there`: so many are there already, and are added to.
    """
    if not there:
        connection.execute("CREATE ROLE reader; CREATE ROLE writer")
    for first in range(there + 1, tables + 1, 100):
        last = min(first + 99, tables)
        connection.execute(BUILD.format(first=first, last=last).replace("{{}}", "{}"))
    connection.execute("VACUUM ANALYZE")


def best(action: Callable[[], object], runs: int = RUNS) -> float:
    """Milliseconds of the fastest run."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def server_time(connection: psycopg.Connection[Any]) -> float:
    """Milliseconds that the server alone needs: the queries that the reader asks, every value
    computed, no rows sent (EXPLAIN ANALYZE without timing)."""
    probe = rare.probe(kind for kind in Kind if rare.presence(kind))
    there = {Kind(row[0]) for row in connection.execute(SQL(probe))}
    major = connection.info.server_version // 10000
    queries = [probe] + [
        template.render(kind, major, MANAGED_SCHEMAS)
        for kind in Kind
        if kind in there or not rare.presence(kind)
    ]

    def run() -> None:
        with reading(connection):
            for text in queries:
                connection.execute(SQL("EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) " + text))

    return best(run, 1)


def main() -> None:
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with temporary() as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE bench TEMPLATE template0")
        with psycopg.connect(server.dsn("bench"), autocommit=True) as connection:
            start = time.perf_counter()
            build(connection, tables)
            print(f"built {tables} tables in {time.perf_counter() - start:.1f} s")
            measure(connection)


def measure(connection: psycopg.Connection[Any]) -> None:
    """Print every number."""
    snapshot = read(connection)
    objects = sum(len(rows.objects) for rows in snapshot.kinds.values())
    print(f"{objects} objects")
    # In turns, so that a busy machine slows both alike.
    alone = full = float("inf")
    for _ in range(RUNS):
        alone = min(alone, server_time(connection))
        full = min(full, best(lambda: read(connection), 1))
    print(f"server alone      {alone:8.1f} ms")
    print(f"full read         {full:8.1f} ms   {full / alone:.2f} of the server's own time")
    other = read(connection)
    equal = best(lambda: compare(snapshot, other))
    print(f"compare, equal    {equal:8.1f} ms")
    print(f"fingerprint       {best(lambda: fingerprint(snapshot)):8.1f} ms")
    cheap = best(lambda: trigger(connection))
    print(f"trigger           {cheap:8.1f} ms   1/{full / cheap:.0f} of a full read")
    last = track(connection)
    for what, sql in CHANGES.items():
        times = []
        for _ in range(RUNS):
            with connection.transaction(force_rollback=True):
                connection.execute(sql)
                start = time.perf_counter()
                now = refresh(connection, last)
                times.append((time.perf_counter() - start) * 1000)
                if now.snapshot != read(connection):
                    raise AssertionError(what)
        took = min(times)
        print(f"refresh, {what:18}{took:6.1f} ms   1/{full / took:.1f} of a full read, and equal")
    roots = snapshot.kinds[Kind.TABLE].roots
    oid = roots["public.t_1"][1]
    with connection.transaction():
        lean = best(lambda: read_scope(connection, {"pg_class": [oid]}), 50)
    print(f"scoped, one table {lean:8.2f} ms")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory            {memory:8.0f} MiB")


if __name__ == "__main__":
    main()
