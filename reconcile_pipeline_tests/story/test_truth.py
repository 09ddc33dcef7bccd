"""The truth files speak of the files as they are, and agree with what was really run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconcile_pipeline.attribution.model import MigrationVerdict, Verdict
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.story.story import RECORDED, applied
from reconcile_pipeline.story.world import statements
from reconcile_pipeline.story.worse import write_migrations

MIGRATIONS = Path(__file__).parents[2] / "migrations"
WORLDS = ("story", "worse")
PRESENT = {"applied", "superseded"}


def truth(world: str) -> Any:
    """The truth file of a world."""
    return json.loads(Path(__file__).with_name(f"truth_{world}.json").read_text("utf-8"))


def directory(world: str, folder: Path) -> list[Path]:
    """The world's files, in order."""
    return sorted(MIGRATIONS.glob("*.sql")) if world == "story" else write_migrations(folder)


@pytest.mark.parametrize("world", WORLDS)
def test_every_statement_has_its_truth(world: str, tmp_path: Path) -> None:
    told = [m for m in truth(world)["migrations"] if m["file"]]
    paths = directory(world, tmp_path)
    assert [m["file"] for m in told] == [path.name for path in paths]
    for migration, path in zip(told, paths, strict=True):
        excerpts = [" ".join(command.split())[:72] for command in statements(path)]
        assert [s["excerpt"] for s in migration["statements"]] == excerpts, path.name
        assert [s["index"] for s in migration["statements"]] == list(range(len(excerpts)))


@pytest.mark.parametrize("world", WORLDS)
def test_only_the_contracts_words_are_used(world: str) -> None:
    for migration in truth(world)["migrations"]:
        MigrationVerdict(migration["verdict"])
        Finding(migration["finding"])
        for statement in migration["statements"]:
            for word in (statement["verdict"], *statement.get("accept", ())):
                Verdict(word)


def test_the_storys_truth_agrees_with_what_the_team_ran() -> None:
    ran = applied()
    for migration in truth("story")["migrations"]:
        assert migration["recorded"] == (migration["version"] in RECORDED)
        for statement in migration["statements"]:
            index = statement["index"]
            there = migration["recorded"] or any(
                first <= index <= last for first, last in ran.get(migration["file"], [])
            )
            if statement["verdict"] != "unverifiable":
                assert (statement["verdict"] in PRESENT) == there, (migration["file"], index)


@pytest.mark.parametrize("world", WORLDS)
def test_a_migrations_verdict_follows_from_its_statements(world: str) -> None:
    for migration in truth(world)["migrations"]:
        verdicts = {s["verdict"] for s in migration["statements"]} - {"unverifiable"}
        expected = {
            "applied": verdicts and verdicts <= PRESENT,
            "not_applied": verdicts == {"absent"},
            "unverifiable": not verdicts,
            "partial": verdicts & PRESENT and "absent" in verdicts,
            "applied_changed": verdicts & PRESENT and verdicts & {"absent", "different"},
        }
        assert expected[migration["verdict"]], migration["file"]
