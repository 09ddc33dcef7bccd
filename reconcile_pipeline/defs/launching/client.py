"""A fork server as whoever starts it sees it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

PROGRAM = "reconcile_pipeline.defs.launching.fork_server"

Ended = Callable[[str, int | None], None]


class ForkServer:
    """The server's process, and a thread that hears which runs' processes have ended.

    `home`: the DAGSTER_HOME whose runs these are, so that a list of processes tells it from others.
    `environment`: its variables. `version`: of what it has loaded. `ended` is called with a run and
    its exit code as in `subprocess`, None where the server is gone and cannot say.
    """

    def __init__(
        self, home: str, environment: Mapping[str, str], version: str, ended: Ended
    ) -> None:
        self.version = version
        self._ended = ended
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM, home],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._hearing = threading.Thread(target=self._hear, name="fork-server", daemon=True)
        self._hearing.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, run_id: str, request: bytes) -> None:
        """Ask for a process; it is there when the server has loaded. Raises BrokenPipeError."""
        assert self._process.stdin is not None
        with self._lock:
            self._asked.add(run_id)
            try:
                self._process.stdin.write(request)
                self._process.stdin.flush()
            except BrokenPipeError:
                self._asked.discard(run_id)
                raise

    def leave(self) -> None:
        """Ask for nothing more: it ends after the last of its runs."""
        assert self._process.stdin is not None
        with self._lock, suppress(BrokenPipeError):  # it may have ended
            self._process.stdin.close()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            for line in answers:
                told = json.loads(line)
                with self._lock:
                    self._asked.discard(told["run"])
                self._ended(told["run"], told["code"])
        self._process.wait()
        self.leave()
        with self._lock:
            left, self._asked = self._asked, set()
        for run_id in left:
            self._ended(run_id, None)
