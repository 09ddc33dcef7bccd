"""A project folder with its targets, and the whole story told once in Dagster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconcile_pipeline.config import FILE
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.defs.location import CONFIG, ROOT
from reconcile_pipeline_tests.defs.story import PASSWORD, Story, tell


def with_password(dsn: str) -> str:
    """A connection string that holds a secret. The private socket asks for none, so it works."""
    return f"{dsn} password={PASSWORD}"


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A folder like a team's repository: its reconcile.toml and its migrations."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("project")
        shutil.copyfile(CONFIG, folder / FILE)
        shutil.copytree(ROOT / "migrations", folder / "migrations")
        return folder

    return make


@pytest.fixture(scope="package")
def story(
    server: Server, make_project: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """The whole story, told once: scanned, refused, approved, applied, scanned again."""
    name = f"defs_story_{os.getpid()}"
    build_story(server, name, ROOT / "migrations")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TEST_STORY_URL", with_password(server.dsn(name, "postgres")))
        environment.setenv("TEST_DOWN_URL", f"postgresql://ada:{PASSWORD}@127.0.0.1:1/nowhere")
        with tell(make_project(), tmp_path_factory.mktemp("dagster")) as told:
            yield told
    drop_database(server, name)


@pytest.fixture
def project(
    database: str, make_project: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project whose target `story` is the test's own empty database."""
    monkeypatch.setenv("TEST_STORY_URL", with_password(database))
    monkeypatch.setenv("TEST_DOWN_URL", f"postgresql://ada:{PASSWORD}@127.0.0.1:1/nowhere")
    return make_project()
