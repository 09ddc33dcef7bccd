"""Ended from outside, or with nobody who reads: as a process, since that is where it happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from reconcile_pipeline.cli.failure import UNREAD
from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story

PROGRAM = "from reconcile_pipeline.cli import main; main()"


def start(story: Story, folder: Path, stdout: int) -> subprocess.Popen[str]:
    """A `status` whose throwaway server lies below the folder."""
    for home in ("home", "tmp"):
        (folder / home).mkdir(mode=0o755)
    for each in (folder, *folder.parents):
        if each == Path(tempfile.gettempdir()):
            break
        each.chmod(0o755)  # the servers' account passes through
    return subprocess.Popen(
        [
            sys.executable, "-c", PROGRAM, "status",
            "--database-url", story.dsn, "--migrations", str(MIGRATIONS),
        ],
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
        stdout=stdout, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_was_told_to_end_left_its_server_running(
    shared_story: Story, tmp_path: Path, number: signal.Signals
) -> None:
    with start(shared_story, tmp_path, subprocess.DEVNULL) as process:
        assert process.stderr is not None
        assert "reading production" in process.stderr.readline()
        mine = _servers(process.pid)
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(20) == 128 + number
    assert f"{number.name}. What was begun in a transaction was taken back." in said
    assert not [pid for pid in mine if Path(f"/proc/{pid}").exists()]
    assert not list((tmp_path / "tmp").iterdir())


def test_that_nobody_read_the_answer_passed_for_drift(shared_story: Story, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with start(shared_story, tmp_path, writing) as process:
        os.close(writing)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(20) == UNREAD == 141
    assert "BrokenPipe" not in said


def test_that_nobody_heard_of_the_progress_stopped_an_apply_halfway(
    shared_story: Story, tmp_path: Path
) -> None:
    with start(shared_story, tmp_path, subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        process.stderr.close()
        assert "011_smartsuite_alignment" in process.stdout.read()
        assert process.wait(20) == 1


def _servers(pid: int) -> list[str]:
    """The processes that this one has started and that run still, whoever adopted them."""
    mark = f"ppid={pid}"
    found = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [line.split()[0] for line in found if f"ppid={line.split()[1]}" == mark]
