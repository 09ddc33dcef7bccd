"""Many databases watched and scanned by one machine: an idle tick of the sensor, and a full scan.

Makes N databases (100) of M tables (100) on one embedded server, each with its migrations. Then:
the sensor's ticks, the first, which reads every fingerprint, and at rest; and a full scan of every
target, as Dagster's `scan` job runs it, in as many processes as there are cores.

    python benchmarks/many_targets.py [--targets N] [--tables M] [--processes P] [--scan S]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

TICK_S, SCAN_S = 5.0, 600.0


def migration(tables: int) -> str:
    """Tables of five columns with a key, an index and a policy each."""
    return "\n".join(
        f"CREATE TABLE public.t{n} (id bigint PRIMARY KEY, name text NOT NULL, state text,"
        f" made_at timestamptz DEFAULT now(), parent bigint);\n"
        f"CREATE INDEX t{n}_name ON public.t{n} (name);\n"
        f"ALTER TABLE public.t{n} ENABLE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY own ON public.t{n} FOR SELECT USING (id > 0);"
        for n in range(tables)
    )


def build(server: Any, folder: Path, targets: int, tables: int) -> None:
    """The databases, and a reconcile.toml that names them."""
    import psycopg

    (folder / "migrations").mkdir()
    text = migration(tables)
    (folder / "migrations" / "001_tables.sql").write_text(text)
    lines = []
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(b"CREATE DATABASE first TEMPLATE template0")
        with psycopg.connect(server.dsn("first"), autocommit=True) as connection:
            connection.execute(text.encode())
            connection.execute(b"CREATE SCHEMA supabase_migrations")
            connection.execute(
                b"CREATE TABLE supabase_migrations.schema_migrations"
                b" (version text PRIMARY KEY, statements text[], name text)"
            )
            connection.execute(
                b"INSERT INTO supabase_migrations.schema_migrations VALUES ('001', NULL, 'tables')"
            )
        for n in range(targets):
            admin.execute(f"CREATE DATABASE t{n} TEMPLATE first STRATEGY FILE_COPY".encode())
            lines.append(f'[targets.t{n}]\ndsn_env = "BENCH_T{n}"\n')
            os.environ[f"BENCH_T{n}"] = server.dsn(f"t{n}")
    (folder / "reconcile.toml").write_text("".join(lines))


def ticks(config: Path) -> list[float]:
    """Seconds of three ticks: the first reads everything, the others find nothing changed."""
    import dagster as dg

    from reconcile_pipeline.defs.resources import Targets
    from reconcile_pipeline.defs.sensors.production_drift import production_drift

    cursor, took = None, []
    instance = dg.DagsterInstance.ephemeral()
    for number in range(3):
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources={"databases": Targets(config_file=str(config))},
        )
        begin = time.perf_counter()
        result: Any = production_drift(context)
        took.append(time.perf_counter() - begin)
        cursor = result.cursor
        asked = len(result.run_requests or ())
        print(f"tick {number + 1}: {took[-1]:6.2f} s, {asked} scans asked for", flush=True)
    return took


def scan(name: str) -> bool:
    """One run of the job `scan` on one target, in this process; True where it is in step."""
    import dagster as dg

    from reconcile_pipeline.definitions import defs

    result = defs.resolve_job_def("scan").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(),
        partition_key=name,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )
    checks = {each.check_name: each.passed for each in result.get_asset_check_evaluations()}
    return result.success and checks["in_step"]


def main() -> int:
    """Measure; exit code 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--scan", type=int, default=None, help="scan only the first S of them")
    options = parser.parse_args()

    from reconcile_pipeline.shadow.cluster import cluster
    from reconcile_pipeline.shadow.server import temporary

    with (
        temporary(settings={"max_connections": "60"}) as server,
        tempfile.TemporaryDirectory(prefix="rb-") as name,
    ):
        folder = Path(name)
        begin = time.perf_counter()
        build(server, folder, options.targets, options.tables)
        print(f"built {options.targets} databases of {options.tables} tables in "
              f"{time.perf_counter() - begin:.0f} s")  # fmt: skip
        os.environ["RECONCILE_CONFIG"] = str(folder / "reconcile.toml")
        took = ticks(folder / "reconcile.toml")
        names = [f"t{n}" for n in range(options.targets)][: options.scan]
        begin = time.perf_counter()
        # The shadow server is kept by all of them, as by the runs of a Dagster that scans often.
        with (
            cluster(),
            ProcessPoolExecutor(options.processes, get_context("forkserver")) as pool,
        ):
            good = sum(pool.map(scan, names))
        full = time.perf_counter() - begin
    if not names:
        return 0 if max(took[1:]) < TICK_S else 1
    print(f"full scan: {full:.0f} s in {options.processes} processes, {full / len(names):.2f} s a "
          f"target; {good} of {len(names)} in step (load {os.getloadavg()[0]:.1f})")  # fmt: skip
    return 0 if max(took[1:]) < TICK_S and full < SCAN_S and good == len(names) else 1


if __name__ == "__main__":
    raise SystemExit(main())
