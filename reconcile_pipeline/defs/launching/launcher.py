"""The run launcher that `dagster.yaml` names: a run is a process, forked where all is imported.

For one machine with Linux. Elsewhere, and for other code locations, runs are launched as Dagster's
default launcher does.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher import (
    CheckRunHealthResult,
    DefaultRunLauncher,
    LaunchRunContext,
    WorkerStatus,
)
from dagster._core.storage.tags import HIDDEN_TAG_PREFIX
from dagster._serdes import ConfigurableClassData
from dagster._utils import get_run_crash_explanation

from reconcile_pipeline.defs.launching import MODULE, claims, version
from reconcile_pipeline.defs.launching.client import ForkServer
from reconcile_pipeline.defs.launching.worker import request
from reconcile_pipeline.defs.storage import keep_connections
from reconcile_pipeline.defs.where import config_file

FORKS = sys.platform == "linux"  # macOS' own libraries do not bear it
TAG = f"{HIDDEN_TAG_PREFIX}forked"  # of the runs that are ours; Dagster shows no such tag

log = logging.getLogger(__name__)


class Launcher(DefaultRunLauncher):
    """Forks runs from a server, which is started at the first and anew where code or configuration
    have changed: as the daemon's code server, which Dagster starts anew every minute.

    A run whose process ends too early is seen to have failed: at once by whoever launched it, and
    by Dagster's run monitoring after a restart. It survives the daemon and the server.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._starting = threading.Lock()
        self._server: ForkServer | None = None

    def launch_run(self, context: LaunchRunContext) -> None:
        """Ask for a process; this does not wait for it."""
        run = context.dagster_run
        if not FORKS or not _is_of_this_project(run):
            super().launch_run(context)
            return
        self._instance.add_run_tags(run.run_id, {TAG: "true"})
        self._run_ids.add(run.run_id)
        asked = request(run.run_id, self._instance)
        try:
            self._serving(run).ask(run.run_id, asked)
        except BrokenPipeError:  # it has ended just now
            self._serving(run).ask(run.run_id, asked)

    def terminate(self, run_id: str) -> bool:
        """Ask the run's process to end; True where there is one, or will be."""
        run = self._instance.get_run_by_id(run_id) if self.has_instance else None
        if run is None or run.is_finished or TAG not in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        begun = run.status is dg.DagsterRunStatus.STARTED
        self._instance.report_run_canceling(run)
        process = claims.holder(self._folder, run_id)
        if process is not None:
            os.kill(process, signal.SIGINT)
        return process is not None or not begun  # who has not begun sees it as the first thing

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes, for run monitoring."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run that has begun is alive."""
        if TAG not in run.tags:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "Not launched here.")
        process = claims.holder(self._folder, run.run_id)
        if process is None:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "Its process is gone.")
        return CheckRunHealthResult(WorkerStatus.RUNNING, run_worker_id=str(process))

    def dispose(self) -> None:
        """Let the server end after the last of its runs."""
        with self._starting:
            if self._server is not None:
                self._server.leave()
                self._server = None

    @property
    def _folder(self) -> Path:
        return Path(self._instance.root_directory) / claims.FOLDER

    def _serving(self, run: dg.DagsterRun) -> ForkServer:
        """The server, with the code, the configuration and the variables as they are now."""
        given = self._given(run)
        environment = {**os.environ, **given}
        now = version.loadable(config_file(environment), given)
        with self._starting:
            server = self._server
            if server is not None and (server.version != now or not server.alive):
                server.leave()
                server = None
            if server is None:
                keep_connections(self._instance)  # of the daemon, which lasts
                home = self._instance.root_directory
                server = ForkServer(home, environment, now, self._ended)
            self._server = server
            return server

    def _given(self, run: dg.DagsterRun) -> Mapping[str, str]:
        """The variables of the code location's `.env`, which the code server has, too."""
        origin, loader = run.remote_job_origin, self._instance._secrets_loader
        location = origin.location_name if origin else None
        return loader.get_secrets_for_environment(location) if loader else {}

    def _ended(self, run_id: str, code: int | None) -> None:
        """Called when a run's process has ended, in the thread that hears of it."""
        try:
            if self.has_instance:
                self._see_off(run_id, code)
        except Exception:  # without its storage Dagster does nothing; run monitoring looks again
            log.exception("What became of the run %s could not be written down.", run_id)

    def _see_off(self, run_id: str, code: int | None) -> None:
        if code is None and claims.holder(self._folder, run_id) is not None:
            return  # the server was killed, and the run goes on
        claims.forget(self._folder, run_id)
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return
        words = f"The process of run {run_id}"
        if code is None:
            words += (
                " is not there, and the server that forks it has ended. The daemon's log says why."
            )
        else:
            words = get_run_crash_explanation(words, code)
        self._instance.report_engine_event(words, run, cls=self.__class__)
        if run.status is dg.DagsterRunStatus.CANCELING:
            self._instance.report_run_canceled(run)
        else:
            self._instance.report_run_failed(run)


def _is_of_this_project(run: dg.DagsterRun) -> bool:
    origin = run.job_code_origin
    pointer = origin.repository_origin.code_pointer if origin else None
    return isinstance(pointer, ModuleCodePointer) and pointer.module == MODULE
