"""Many databases watched and scanned by one machine: an idle tick of the sensor, and a full scan.

Makes N databases (100) of M tables (100) on one embedded server, each with its migrations. Then:
the sensor's ticks, the first, which reads every fingerprint, and at rest; and a full scan of every
target, as Dagster's `scan` job runs it, in as many processes as there are cores. `--daemon`: by a
real daemon with the default settings, from its start on.

    python benchmarks/many_targets.py [--targets N] [--tables M] [--processes P] [--scan S]
        [--daemon]
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
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
    lines = ["watch = true\n"]
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
            # No schedule: at whatever hour this runs, each is scanned once.
            lines.append(
                f'[targets.t{n}]\ndsn_env = "BENCH_T{n}"\nschedule = ""\nsnapshot_schedule = ""\n'
            )
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


def in_processes(number: int, names: list[str]) -> int:
    """Scan them in so many processes, each of which scans many; how many are good."""
    from reconcile_pipeline.shadow.servers.cluster import cluster

    # The data directory that shadow servers are copied from is there before the clock matters.
    with cluster(), ProcessPoolExecutor(number, get_context("forkserver")) as pool:
        return sum(pool.map(scan, names))


def by_daemon(folder: Path, names: list[str]) -> int:
    """Let a daemon scan all of them, until each has a scan that has ended; how many are good."""
    import dagster as dg

    from reconcile_pipeline.cli import group
    from reconcile_pipeline.cli.dev import storage_url
    from reconcile_pipeline.shadow.servers.server import Server

    with socket.create_server(("127.0.0.1", 0)) as probe:
        storage = Server(folder / "storage", port=probe.getsockname()[1])
    home = folder / "home"
    home.mkdir()
    shutil.copyfile(ROOT / "dagster.yaml", home / "dagster.yaml")
    storage.start()
    os.environ.update(DAGSTER_HOME=str(home), RECONCILE_DAGSTER_URL=storage_url(storage))
    program = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w"]
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    with dg.DagsterInstance.get() as instance, (folder / "daemon.log").open("w") as log:
        daemon = group.start([*program, str(ROOT / "workspace.yaml")], os.environ, log)
        try:
            while True:
                runs = instance.get_runs(dg.RunsFilter(job_name="scan", statuses=ended))
                done = {run.tags["dagster/partition"]: run.is_success for run in runs}
                if len(done) == len(names) or daemon.poll() is not None:
                    return sum(done.values())
                time.sleep(1)
        finally:
            group.end(daemon)
            storage.destroy()


def main() -> int:
    """Measure; exit code 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--scan", type=int, default=None, help="scan only the first S of them")
    parser.add_argument("--daemon", action="store_true", help="scan as a real daemon does")
    options = parser.parse_args()

    from reconcile_pipeline.shadow.servers.server import temporary

    with (
        temporary(settings={"max_connections": "60"}) as server,
        tempfile.TemporaryDirectory(prefix="rb-") as name,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        begin = time.perf_counter()
        build(server, folder, options.targets, options.tables)
        print(f"built {options.targets} databases of {options.tables} tables in "
              f"{time.perf_counter() - begin:.0f} s")  # fmt: skip
        os.environ["RECONCILE_CONFIG"] = str(folder / "reconcile.toml")
        took = ticks(folder / "reconcile.toml")
        names = [f"t{n}" for n in range(options.targets)][: options.scan]
        begin = time.perf_counter()
        if options.daemon:
            names = [f"t{n}" for n in range(options.targets)]
            good = by_daemon(folder, names)
        else:
            good = in_processes(options.processes, names)
        full = time.perf_counter() - begin
    if not names:
        return 0 if max(took[1:]) < TICK_S else 1
    how = "by a daemon" if options.daemon else f"in {options.processes} processes"
    print(f"full scan: {full:.0f} s {how}, {full / len(names):.2f} s a "
          f"target; {good} of {len(names)} in step (load {os.getloadavg()[0]:.1f})")  # fmt: skip
    return 0 if max(took[1:]) < TICK_S and full < SCAN_S and good == len(names) else 1


if __name__ == "__main__":
    raise SystemExit(main())
