"""Both worlds: every statement's verdict, every finding, every change made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.drift.scan import Scan, scan
from reconcile_pipeline.drift.to_json import to_json
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.worse import build_worse

TOP = Path(__file__).parents[2]
TRUTH = Path(__file__).parents[1] / "story"
WORLDS = ("story", "worse")


def _truth(world: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((TRUTH / f"truth_{world}.json").read_text())
    return loaded


@pytest.fixture(scope="module", params=WORLDS)
def world(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Scan, dict[str, Any]]]:
    name = f"attribution_{request.param}"
    if request.param == "story":
        directory = TOP / "migrations"
        build_story(server, name, directory)
    else:
        directory = tmp_path_factory.mktemp("worse")
        build_worse(server, name, directory)
    yield scan(name, server.dsn(name, "postgres"), directory), _truth(request.param)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_every_statement(world: tuple[Scan, dict[str, Any]]) -> None:
    found, truth = world
    reports = {m.path: m for m in found.attribution.migrations}
    wrong, count = [], 0
    for migration in truth["migrations"]:
        if migration["file"] is None:
            continue
        statements = reports[migration["file"]].statements
        assert len(statements) == len(migration["statements"]), migration["file"]
        for statement, true in zip(statements, migration["statements"], strict=True):
            count += 1
            if statement.verdict.value not in [true["verdict"], *true.get("accept", [])]:
                wrong.append(
                    f"{migration['file']} #{statement.index} {true['excerpt']!r}:"
                    f" {statement.verdict.value}, truly {true['verdict']} ({statement.reason})"
                )
    assert not wrong, "\n".join(wrong)
    assert count > 50


def test_every_finding(world: tuple[Scan, dict[str, Any]]) -> None:
    found, truth = world
    have = {
        (m["version"], m["file"], m["recorded"], m["verdict"], m["finding"])
        for m in to_json(found.report)["migrations"]
    }
    want = {
        (m["version"], m["file"], m["recorded"], m["verdict"], m["finding"])
        for m in truth["migrations"]
    }
    assert have == want


def test_every_change_made_by_hand(world: tuple[Scan, dict[str, Any]]) -> None:
    found, truth = world
    have = {(u["kind"], u["identity"], u["change"]) for u in to_json(found.report)["unexplained"]}
    assert have == {(u["kind"], u["identity"], u["change"]) for u in truth["unexplained"]}
