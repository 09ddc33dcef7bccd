"""`reconcile dev` as a process of its own, on a project of the test's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from reconcile_pipeline.cli import main; main()"
READY_S = 150  # on a machine that is busy with others, too


@dataclass(frozen=True)
class Dev:
    """It runs. `url` is its web page; `environment` is what another terminal would need."""

    folder: Path
    url: str
    environment: Mapping[str, str]

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`reconcile` in another terminal."""
        return subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            env=dict(self.environment), cwd=self.folder, capture_output=True, text=True,
            check=False, timeout=READY_S,
        )  # fmt: skip

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return (self.folder / "dev.log").read_text()


@contextmanager
def project(config: str) -> Iterator[Path]:
    """A folder that the servers' account can reach, with reconcile.toml and the migrations."""
    with tempfile.TemporaryDirectory(prefix="rl-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(ROOT / "migrations", folder / "migrations")
        (folder / "reconcile.toml").write_text(config)
        yield folder


@contextmanager
def dev(folder: Path, **variables: str) -> Iterator[Dev]:
    """Dagster's web page and daemon on the folder's targets, ended afterwards.

    Fails with what it printed where it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = str(folder / "reconcile.toml")
    environment = {
        **os.environ, **variables, "PYTHONPATH": str(ROOT), "RECONCILE_CONFIG": config,
        "RECONCILE_HOME": str(folder / "servers"), "DAGSTER_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    arguments = ["dev", "--config", config, "--port", str(port)]
    running = Dev(folder, f"http://127.0.0.1:{port}", environment)
    with (folder / "dev.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(running, process)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert left(folder) == [], "it left these behind"


def left(folder: Path) -> list[str]:
    """Command lines of the processes that work for this folder: Dagster's own all name it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in words:
                found.append(words[:200])
    return found


def _wait(running: Dev, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{running.url}/server_info", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"Dagster did not come up:\n{running.log[-4000:]}")
