"""Many machines: two Celery workers on Redis share one PostgreSQL storage, and one of them dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import redis

from reconcile_pipeline.cli.dev import storage_url
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.clients.npm import missing
from reconcile_pipeline_tests.live.dev import ROOT

pytestmark = pytest.mark.soak

TARGETS = 50
LONGEST_S = 1500
DEAD_AFTER_S = 60  # in the place of half an hour, so that the test does not wait for it
MIGRATION = "CREATE TABLE public.things (id int PRIMARY KEY, name text);\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(
    *arguments: str, cwd: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its children, ended together afterwards."""
    name = f"{Path(arguments[0]).name}-{time.monotonic_ns()}.log"
    with (cwd / name).open("wb") as log:
        running = subprocess.Popen(
            arguments, cwd=cwd, env=environment, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield running
        finally:
            end(running, signal.SIGTERM)
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:
                end(running, signal.SIGKILL)
                running.wait()


def end(running: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Signal the process and all of its children."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, how)


def until(done: Callable[[], bool], what: str) -> None:
    begin = time.monotonic()
    while not done():
        assert time.monotonic() < begin + LONGEST_S, f"never happened: {what}"
        time.sleep(1)


def write_settings(home: Path) -> None:
    """The documented files, with a dead worker noticed earlier."""
    home.mkdir()
    for name in ("dagster.yaml", "celery.yaml"):
        text = (ROOT / "docs/scale" / name).read_text()
        text = text.replace("max_runtime_seconds: 1800", f"max_runtime_seconds: {DEAD_AFTER_S}")
        text = text.replace("visibility_timeout: 3600", f"visibility_timeout: {DEAD_AFTER_S}")
        (home / name).write_text(text)


def databases(server: Server, folder: Path) -> dict[str, str]:
    """The targets in reconcile.toml, and the variables that hold where they are."""
    (folder / "migrations").mkdir()
    (folder / "migrations" / "001_things.sql").write_text(MIGRATION)
    lines, variables = ["watch = true\n"], {}
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for number in range(TARGETS):
            name = f"machines_{os.getpid()}_{number}"
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute(MIGRATION.encode())
            # No schedule: only the sensor asks for scans, at whatever hour this runs.
            lines.append(
                f'[targets.m{number}]\ndsn_env = "MACHINES_{number}"\n'
                'schedule = ""\nsnapshot_schedule = ""\n'
            )
            variables[f"MACHINES_{number}"] = server.dsn(name)
    (folder / "reconcile.toml").write_text("".join(lines))
    return variables


def drop(server: Server) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for number in range(TARGETS):
            name = f"machines_{os.getpid()}_{number}"
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def test_every_target_is_scanned_once_though_a_worker_dies(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = shutil.which("redis-server") or ""
    if not program:
        missing("there is no redis-server: install Debian's `redis-server`")
    with tempfile.TemporaryDirectory(prefix="rm-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        variables = databases(server, folder)
        stack.callback(drop, server)
        write_settings(folder / "home")
        storage = Server(folder / "storage", port=free_port())
        storage.start()
        stack.callback(storage.destroy)
        port = free_port()
        environment = {
            **os.environ, **variables, "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DAGSTER_HOME": str(folder / "home"), "RECONCILE_HOME": str(folder / "servers"),
            "RECONCILE_CONFIG": str(folder / "reconcile.toml"),
            "RECONCILE_REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "RECONCILE_DAGSTER_URL": storage_url(storage), "DAGSTER_DISABLE_TELEMETRY": "1",
        }  # fmt: skip

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            return stack.enter_context(process(*arguments, cwd=folder, environment=environment))

        start(program, "--port", str(port), "--bind", "127.0.0.1", "--save", "")
        queue = redis.Redis(port=port)
        until(lambda: answers(queue), "Redis answers")
        worker = (
            "dagster-celery", "worker", "start", "-A", "dagster_celery.app",
            "-y", str(folder / "home/celery.yaml"),
        )  # fmt: skip
        first = start(*worker, "-n", "first", "--", "--concurrency=1")
        start(*worker, "-n", "second", "--", "--concurrency=1")
        for variable in ("DAGSTER_HOME", "RECONCILE_DAGSTER_URL", "RECONCILE_REDIS_URL"):
            monkeypatch.setenv(variable, environment[variable])
        begin = time.monotonic()
        start("dagster-daemon", "run", "-w", str(ROOT / "workspace.yaml"))
        with dg.DagsterInstance.get() as instance:
            until(lambda: len(scanned(instance)) >= TARGETS // 5, "a fifth is scanned")
            until(lambda: both_at_work(instance), "both workers have a run")
            end(first, signal.SIGKILL)
            killed = time.monotonic() - begin
            until(lambda: len(scanned(instance)) >= TARGETS, "all are scanned")
            took = time.monotonic() - begin
            until(lambda: not unfinished(instance), "all runs have ended")
            times = scanned(instance)
            runs = instance.get_run_records()
        lost = sum(record.dagster_run.is_failure for record in runs)
        print(
            f"{TARGETS} targets in {took:.0f} s with 2 workers, one killed after {killed:.0f} s; "
            f"{len(runs)} runs, {lost} of them cut off"
        )
        assert times == dict.fromkeys((f"m{number}" for number in range(TARGETS)), 1)
        assert overlapping(runs) == []
        assert lost == 1


def answers(queue: redis.Redis) -> bool:
    try:
        return bool(queue.ping())
    except redis.ConnectionError:
        return False


def scanned(instance: dg.DagsterInstance) -> dict[str, int]:
    """Target -> how often its scan has come to its end."""
    runs = instance.get_runs(dg.RunsFilter(job_name="scan", statuses=[dg.DagsterRunStatus.SUCCESS]))
    return dict(Counter(run.tags["dagster/partition"] for run in runs))


def both_at_work(instance: dg.DagsterInstance) -> bool:
    """Each worker takes one run at a time, so two that are under way are one each."""
    return len(instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))) == 2


def unfinished(instance: dg.DagsterInstance) -> bool:
    return any(not run.is_finished for run in instance.get_runs())


def overlapping(records: Sequence[dg.RunRecord]) -> list[str]:
    """Targets that had two runs at once."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for record in records:
        if record.start_time is not None:
            end = record.end_time or float("inf")
            name = record.dagster_run.tags["dagster/partition"]
            spans.setdefault(name, []).append((record.start_time, end))
    return [
        name
        for name, found in spans.items()
        for one, other in zip(sorted(found), sorted(found)[1:], strict=False)
        if other[0] < one[1]
    ]
