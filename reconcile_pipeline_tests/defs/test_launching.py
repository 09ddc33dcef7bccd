"""Runs are forked, and what becomes of them is known: killed, cancelled, left by the daemon."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.launcher import LaunchRunContext, WorkerStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._daemon.monitoring.run_monitoring import monitor_started_run
from psycopg.conninfo import conninfo_to_dict

from reconcile_pipeline.defs.launching import MODULE, claims
from reconcile_pipeline.defs.launching.launcher import Launcher
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.defs.location import ROOT, defs

LONGEST_S = 60
QUICK, LONG = "local_migration_inventory", "production_snapshot"  # the second asks the database
Status = dg.DagsterRunStatus


@dataclass
class Home:
    """A DAGSTER_HOME with its reconcile.toml. The target `silent` takes connections, and no more:
    a run that asks it has a minute to live.
    """

    folder: Path
    instance: dg.DagsterInstance

    @property
    def claims(self) -> Path:
        return self.folder / claims.FOLDER

    @property
    def config(self) -> Path:
        return self.folder / "reconcile.toml"

    def launch(self, asset: str, target: str) -> str:
        """Launch a run as the daemon does; its id."""
        repository = ReconstructableRepository.for_module(MODULE, "defs")
        run = self.instance.create_run_for_job(
            job_def=defs.resolve_job_def("scan").get_subset(asset_selection={dg.AssetKey(asset)}),
            job_code_origin=repository.get_reconstructable_job("scan").get_python_origin(),
            tags={"dagster/partition": target},
            status=Status.STARTING,
        )
        launcher(self.instance).launch_run(LaunchRunContext(run, None))
        return run.run_id

    def state(self, run_id: str) -> dg.DagsterRunStatus:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run.status

    def working(self, run_id: str) -> int:
        """The process of a run that asks its database."""
        log = self.log(run_id)
        until(lambda: "Reading production." in log(), log)
        process = claims.holder(self.claims, run_id)
        assert process is not None
        return process

    def ended(self, run_id: str) -> dg.DagsterRunStatus:
        until(lambda: self.state(run_id) not in NOT_FINISHED_STATUSES, self.log(run_id))
        return self.state(run_id)

    def log(self, run_id: str) -> Callable[[], str]:
        return lambda: "\n".join(entry.message for entry in self.instance.all_logs(run_id))

    def monitored(self, run_id: str) -> None:
        """What Dagster's run monitoring does once a minute with a run that has begun."""
        record = self.instance.get_run_record_by_id(run_id)
        assert record is not None
        monitor_started_run(self.instance, None, record, logging.getLogger())  # type: ignore[arg-type]

    @contextmanager
    def restarted(self) -> Iterator[Home]:
        """Another daemon, or the web server: another process's instance of the same home."""
        with dg.DagsterInstance.from_config(str(self.folder)) as instance:
            yield Home(self.folder, instance)


def launcher(instance: dg.DagsterInstance) -> Launcher:
    found = instance.run_launcher
    assert isinstance(found, Launcher)
    return found


def until(done: Callable[[], bool], why: Callable[[], str]) -> None:
    end = time.monotonic() + LONGEST_S
    while not done():
        assert time.monotonic() < end, why()
        time.sleep(0.05)


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture(scope="module")
def home(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    shutil.copyfile(ROOT / "dagster.yaml", folder / "dagster.yaml")
    (folder / "migrations").mkdir()
    (folder / "migrations/001_things.sql").write_text("CREATE TABLE things (id int);")
    config = folder / "reconcile.toml"
    config.write_text('[targets.story]\n[targets.silent]\ndsn_env = "TEST_SILENT_URL"\n')
    name = f"launching_{os.getpid()}"
    parts = conninfo_to_dict(server.dsn(name))
    with (
        psycopg.connect(server.dsn(), autocommit=True) as admin,
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.MonkeyPatch.context() as environment,
    ):
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        port = silent.getsockname()[1]
        environment.setenv("RECONCILE_CONFIG", str(config))
        environment.setenv("DATABASE_URL", server.dsn(name))
        hosts = ",".join([f"127.0.0.1:{port}"] * 6)  # ten seconds each
        environment.setenv("TEST_SILENT_URL", f"postgresql://ada@{hosts}/silent")
        environment.setenv(
            "RECONCILE_DAGSTER_URL",
            f"postgresql+psycopg2://{parts['user']}@/{name}"
            f"?host={quote(str(parts['host']), safe='')}&port={parts['port']}",
        )
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield Home(folder, instance)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_runs_are_forked_from_one_process_and_leave_nothing(home: Home) -> None:
    parents = []
    for _ in range(2):
        run = home.launch(LONG, "silent")
        parents.append(parent(home.working(run)))
        os.kill(home.working(run), signal.SIGKILL)
        home.ended(run)
    assert parents[0] == parents[1] != os.getpid()
    assert home.ended(home.launch(QUICK, "story")) is Status.SUCCESS
    until(lambda: not list(home.claims.iterdir()), lambda: str(list(home.claims.iterdir())))


def test_a_run_whose_process_is_killed_has_failed_at_once(home: Home) -> None:
    run = home.launch(LONG, "silent")
    os.kill(home.working(run), signal.SIGKILL)
    begin = time.monotonic()
    assert home.ended(run) is Status.FAILURE
    assert time.monotonic() - begin < 10
    assert "SIGKILL" in home.log(run)()


def test_the_web_server_cancels_what_the_daemon_launched(home: Home) -> None:
    run = home.launch(LONG, "silent")
    process = home.working(run)
    with home.restarted() as other:
        assert launcher(other.instance).terminate(run)
    assert home.ended(run) is Status.CANCELED
    until(lambda: gone(process), home.log(run))
    assert not launcher(home.instance).terminate(run)


def test_a_run_outlives_its_server_and_the_next_one_knows_a_target_that_was_added(
    home: Home,
) -> None:
    run = home.launch(LONG, "silent")
    os.kill(server := parent(home.working(run)), signal.SIGKILL)
    until(lambda: gone(server), home.log(run))
    with home.config.open("a") as config:
        config.write("[targets.added]\n")
    cancelled = home.launch(LONG, "silent")
    assert launcher(home.instance).terminate(cancelled)  # the next server has yet to load
    assert home.ended(home.launch(QUICK, "added")) is Status.SUCCESS
    assert home.state(cancelled) is Status.CANCELED
    assert "Started process" not in home.log(cancelled)()
    assert home.state(run) is Status.STARTED
    launcher(home.instance).terminate(run)
    assert home.ended(run) is Status.CANCELED


def test_a_run_outlives_the_daemon_and_the_next_one_knows_of_it(home: Home) -> None:
    run = home.launch(LONG, "silent")
    process = home.working(run)
    server = launcher(home.instance)._server
    assert server is not None
    os.kill(parent(process), signal.SIGKILL)
    server._hearing.join(LONGEST_S)  # nobody is left who would hear of the run's end
    with home.restarted() as next_one:
        health = launcher(next_one.instance).check_run_worker_health
        record = next_one.instance.get_run_by_id(run)
        assert record is not None
        next_one.monitored(run)
        assert health(record).status is WorkerStatus.RUNNING
        assert next_one.state(run) is Status.STARTED
        os.kill(process, signal.SIGKILL)
        until(lambda: health(record).status is WorkerStatus.NOT_FOUND, home.log(run))
        assert next_one.state(run) is Status.STARTED
        next_one.monitored(run)
        assert next_one.state(run) is Status.FAILURE


def test_code_that_does_not_load_fails_its_run_and_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = home.folder / "broken.toml"
    broken.write_text("[targets.story]\nschedul = 1\n")
    monkeypatch.setenv("RECONCILE_CONFIG", str(broken))
    run = home.launch(QUICK, "story")
    assert home.ended(run) is Status.FAILURE
    assert "the server that forks it has ended" in home.log(run)()


def test_runs_of_other_code_locations_go_the_usual_way(home: Home) -> None:
    run = home.instance.create_run_for_job(job_def=defs.resolve_job_def("scan"))
    with pytest.raises(DagsterInvariantViolationError, match="requires a workspace"):
        launcher(home.instance).launch_run(LaunchRunContext(run, None))
    assert launcher(home.instance).check_run_worker_health(run).status is WorkerStatus.RUNNING
