"""What a throwaway server survives: sharing, interruption, and every kind of kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.shadow.servers import binaries
from reconcile_pipeline.shadow.servers.server import Server, sweep, temporary
from reconcile_pipeline_tests.clients.fixtures import ROOT
from reconcile_pipeline_tests.shadow.servers.test_server import ask

USER = """
import sys
from pathlib import Path
from reconcile_pipeline.shadow.servers.server import Server
with Server(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def user(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts another process that uses the server until its standard input is closed."""
    processes: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def up(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_a_half_made_data_directory_is_made_again(home: Path) -> None:
    (home / "data" / "base").mkdir(parents=True)
    (home / "data" / "PG_VERSION").write_text("18\n")
    with Server(home) as server:
        assert ask(server, "SELECT 1") == 1


def test_initdb_that_outlives_its_killed_parent_is_waited_for(
    home: Path, user: Callable[[], subprocess.Popen[str]]
) -> None:
    process = user()
    while not (home / "data" / "PG_VERSION").exists():  # initdb is at work
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (home / "ready").exists()
    with Server(home) as server:
        assert ask(server, "SELECT count(*) FROM pg_database") == 3
    assert not list(home.glob("initdb*")), "it held a password"


def test_the_last_of_two_processes_stops_the_server(
    home: Path, user: Callable[[], subprocess.Popen[str]]
) -> None:
    process = user()
    up(process)
    with Server(home) as server:
        first = postmaster(server)
    assert server.running()
    assert postmaster(server) == first
    process.communicate()
    assert process.returncode == 0
    assert not server.running()


def test_a_killed_process_does_not_count_as_a_user(
    home: Path, user: Callable[[], subprocess.Popen[str]]
) -> None:
    process = user()
    up(process)
    process.kill()
    process.wait()
    server = Server(home)
    assert server.running()
    with server:
        assert ask(server, "SELECT 1") == 1
    assert not server.running()


@pytest.mark.parametrize("in_memory", [False, True])
def test_temporary_servers_of_killed_processes_are_swept_away(in_memory: bool) -> None:
    program = (
        "from reconcile_pipeline.shadow.servers.server import temporary\n"
        f"with temporary(in_memory={in_memory}) as server:\n"
        "    print(server.directory, flush=True)\n"
        "    input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    left = Server(Path(process.stdout.readline().strip()))
    with temporary():
        assert left.running(), "a server in use must not be swept"
    process.kill()
    process.communicate()
    assert left.running()
    with temporary():
        assert not left.running()
        assert not left.directory.parent.exists()


def test_what_a_process_left_that_was_killed_while_its_server_started_stayed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    young, old = tmp_path / "rp-young", tmp_path / "rp-old"
    for folder in (young, old):
        (folder / "server/data").mkdir(parents=True)
        (folder / "server/start.lock").touch()
    os.utime(old / "server/start.lock", (0, 0))
    sweep()
    assert young.exists(), "it may be just beginning"
    assert not old.exists()


def test_a_killed_postmaster_is_started_again_with_its_data(home: Path) -> None:
    with Server(home) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        os.kill(postmaster(server), signal.SIGKILL)
        with Server(home) as again:
            assert ask(again, "SELECT seven FROM kept") == 7


def test_a_stale_pid_file_that_names_another_program_is_no_server(home: Path) -> None:
    server = Server(home)
    with server:
        kept = (server.data / "postmaster.pid").read_text().splitlines()
    other = subprocess.Popen(["sleep", "60"], **binaries.account().popen())  # type: ignore[call-overload]
    try:
        kept[0] = str(other.pid)
        (server.data / "postmaster.pid").write_text("\n".join(kept) + "\n")
        assert not server.running()
        server.shutdown("immediate")
        assert other.poll() is None, "it is not ours to stop"
        with server:
            assert ask(server, "SELECT 1") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
