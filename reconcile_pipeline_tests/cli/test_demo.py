"""The demo as a process: from nothing, a second time, after an interruption, in an odd folder."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.cli.world import server_folder
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline.shadow.servers.server import Server

pytestmark = pytest.mark.xdist_group("the demo")

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from reconcile_pipeline.cli import main; main()", "demo"]
SECONDS = 180


def environment(database_url: str) -> dict[str, str]:
    """This process's, with connection strings that the demo has to leave alone."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
        "DATABASE_URL": database_url,
        "SUPABASE_DB_URL": database_url,
        "PGDATABASE": "elsewhere",
        "PGHOST": "elsewhere.invalid",
    }


def run(folder: Path, database_url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        [*COMMAND, *options], cwd=folder, env=environment(database_url), capture_output=True,
        text=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A demo that was told once."""

    folder: Path
    database_url: str
    done: subprocess.CompletedProcess[str]

    @property
    def world(self) -> Path:
        return self.folder / ".reconcile/demo"


@pytest.fixture(scope="module")
def told(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Where DATABASE_URL points to a database of somebody else's."""
    name = f"bystander_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    base = tmp_path_factory.mktemp("demo")
    folder = base / "a $HOME 'folder' \"of\" ours"
    folder.mkdir()
    url = server.dsn(name)
    try:
        yield Told(folder, url, run(folder, url))
    finally:
        Server(server_folder(folder / ".reconcile/demo")).destroy()
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_it_reconciles_and_proves_all_four_promises(told: Told) -> None:
    text = told.done.stdout
    assert told.done.returncode == 0, told.done.stdout + told.done.stderr
    for promise in ("True", "Nothing lost", "Nothing stopped", "In step"):
        assert re.search(rf"\d\. {promise}: held", text), text
    assert "011_smartsuite_alignment.sql, line 18 would delete 7 rows" in text
    assert "Replay equals production" in text
    assert "Nothing to push." in text
    assert re.search(r"public.user_profiles +- +3 +3 +0 +0\n", text)
    assert re.search(r"public.script_components +4 +4 +0 +0 +0\n", text)
    assert "Traceback" not in told.done.stderr


def test_it_says_what_it_is_doing(told: Told) -> None:
    for words in ("building the story's production", "replaying", "complete-009", "verifying"):
        assert words in told.done.stderr


def test_no_secret_and_no_address_is_shown(told: Told) -> None:
    server = Server(server_folder(told.world))
    everything = told.done.stdout + told.done.stderr
    assert server.password() not in everything
    assert "@example.com" not in everything
    for file in (told.world / "runs").rglob("*"):
        if file.is_file():
            text = file.read_text(errors="replace")
            assert server.password() not in text, file
            assert "ada@example.com" not in text, file


def test_the_directory_is_as_the_team_left_it(told: Told) -> None:
    archive = told.world / "migrations.applied.archive"
    archived = {path.name[:3] for path in archive.glob("*.sql")}
    assert archived == {"008", "009", "010", "011", "012", "013", "016", "020", "021"}
    for path in archive.glob("*.sql"):
        original = ROOT / "migrations" / path.name
        assert (
            hashlib.sha256(path.read_bytes()).digest()
            == hashlib.sha256(original.read_bytes()).digest()
        )
    here = {path.name[:3] for path in (told.world / "migrations").glob("*.sql")}
    assert here == {
        "003", "004", "005", "006", "007", "008", "009", "010", "013", "016", "020", "021", "022",
    }  # fmt: skip


def test_the_report_and_the_evidence_are_where_it_says(told: Told) -> None:
    found = re.search(r"The report: +(\S.*RECONCILIATION\.md)", told.done.stdout)
    assert found
    report = told.folder / found[1]
    text = report.read_text()
    for title in ("Overview", "Key findings", "Drift analysis", "Root cause", "Actions taken",
                  "Current state", "What is proved and how", "What is left to do"):  # fmt: skip
        assert f"# {title}" in text
    assert "CREATE TABLE IF NOT EXISTS public.user_profiles" in text
    assert verify(report.parent).ok


def test_the_server_is_stopped_and_nobody_elses_database_was_touched(told: Told) -> None:
    assert not Server(server_folder(told.world)).running()
    with psycopg.connect(told.database_url) as connection:
        row = connection.execute(
            "SELECT xact_commit + xact_rollback, (SELECT count(*) FROM pg_tables"
            " WHERE schemaname = 'public') FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    assert row[1] == 0


def test_a_second_run_changes_nothing_and_says_so(told: Told) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(path.relative_to(told.world)): path.read_bytes()
            for path in sorted(told.world.rglob("*"))
            if path.is_file()
        }

    before, server = state(), Server(server_folder(told.world))
    with server, psycopg.connect(server.dsn("story")) as connection:
        query = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
        rows = connection.execute(query).fetchone()
    done = run(told.folder, told.database_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was changed" in done.stdout
    assert "In step: 13 migrations" in done.stdout
    assert state() == before
    with server, psycopg.connect(server.dsn("story")) as connection:
        assert connection.execute(query).fetchone() == rows


def test_an_interrupted_first_run_starts_over_cleanly(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    process = subprocess.Popen(
        COMMAND, cwd=tmp_path, env=environment(url), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("complete-013"):
                break
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        done = run(tmp_path, url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "4. In step: held" in done.stdout
        assert len(list((tmp_path / ".reconcile/demo/runs/story").glob("*/plan.json"))) == 1
    finally:
        if process.poll() is None:
            process.kill()
        Server(server_folder(tmp_path / ".reconcile/demo")).destroy()


def test_a_demo_that_is_interrupted_by_a_person_stops_its_server(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    process = subprocess.Popen(
        COMMAND, cwd=tmp_path, env=environment(url), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("reading production"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 130
        assert "Interrupted" in said
        assert "Traceback" not in said
        assert not Server(server_folder(tmp_path / ".reconcile/demo")).running()
    finally:
        if process.poll() is None:
            process.kill()
        Server(server_folder(tmp_path / ".reconcile/demo")).destroy()
