"""The command line in this process, and a story's world to point it at."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from reconcile_pipeline.cli.app import app
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import drop_database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture(autouse=True, scope="session")
def heeded() -> None:
    """Processes inherit what is ignored: SIGHUP under nohup, SIGINT in a shell's background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in an empty folder, with no connection string in the environment."""
    for name in ("DATABASE_URL", "RECONCILE_CONFIG", "STORY_URL", "PGHOST", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reconcile(*arguments: str | Path, answers: str | None = None) -> Result:
    """Run the command line. What a person would see is in `stdout` and `stderr`."""
    return CliRunner().invoke(app, [str(each) for each in arguments], input=answers)


@dataclass(frozen=True)
class Story:
    """A story's production, not yet reconciled: only to be read, or to be changed by its test."""

    dsn: str
    database: str
    server: Server

    def count(self, query: str) -> int:
        """The one number of a query."""
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def run(self, statement: str) -> None:
        """Run a statement as the owner."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="package")
def shared_story(server: Server) -> Iterator[Story]:
    """One for all tests that only read it."""
    name = "cli_story"
    build_story(server, name, MIGRATIONS)
    yield Story(server.dsn(name, "postgres"), name, server)
    drop_database(server, name)


@pytest.fixture
def story(server: Server) -> Iterator[Story]:
    """One for a test that changes it."""
    name = "cli_own_story"
    build_story(server, name, MIGRATIONS)
    yield Story(server.dsn(name, "postgres"), name, server)
    drop_database(server, name)


CONFIG = """
[targets.story]
dsn_env = "STORY_URL"
never_applied = "archive"
run_pending = ["013"]

[targets.story.user_profiles]
admins = ["ada@example.com", "grace@example.com", "linus@example.com"]
"""


def project(folder: Path, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The story's project in `folder`: its migrations, reconcile.toml and variable."""
    shutil.copytree(MIGRATIONS, folder / "migrations")
    (folder / "reconcile.toml").write_text(CONFIG)
    monkeypatch.setenv("STORY_URL", dsn)


def answer(*words: str, code: int = 0) -> Any:
    """What the command answers as JSON, once it ended so."""
    result = reconcile(*words, "--format", "json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)
