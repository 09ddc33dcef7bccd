"""Old runs go; the last good one, and what has not ended, never do."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline.flow.retention import LEAVING, prune
from reconcile_pipeline_tests.evidence import cases

DAY = 86_400
NOW = 1_800_000_000.0
FACTS = cases.facts()


def run(
    evidence: Path, name: str, age_days: float, held: bool | None = None, *, approved: bool = False
) -> None:
    """A run folder: only planned, or finished with promises that held or did not."""
    bundle = Bundle.create(evidence / name / "evidence")
    if held is not None:
        publish(bundle, FACTS if held else replace(FACTS, waiting=None))
    (evidence / name / "plan.json").write_text("{}")
    if approved:
        (evidence / name / "approval.json").write_text("{}")
    aged(evidence / name / "evidence", age_days)


def scan(evidence: Path, name: str, age_days: float, *stages: str) -> None:
    """One of Dagster's scans."""
    bundle = Bundle.create(evidence / "scans" / name)
    for stage in stages:
        bundle.add(stage, {})
    aged(bundle.folder, age_days)


def aged(bundle: Path, days: float) -> None:
    """Let the bundle have been written that long ago."""
    os.utime(bundle / "index.json", (NOW - days * DAY,) * 2)


def names(evidence: Path) -> set[str]:
    """What is left."""
    return {
        path.parent.relative_to(evidence).as_posix().removesuffix("/evidence")
        for path in evidence.rglob("index.json")
    }


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Runs and scans of every kind; the newest runs did not end well."""
    folder = tmp_path / "shop"
    run(folder, "a-good-old", 400, True)
    run(folder, "b-good", 300, True)
    run(folder, "c-broken", 200, False)
    run(folder, "d-approved", 150, approved=True)
    run(folder, "e-planned", 120)
    run(folder, "f-broken", 2, False)
    run(folder, "g-planned", 1)
    scan(folder, "1", 90, "production_snapshot", "drift_report")
    scan(folder, "2", 60, "production_snapshot", "drift_report")
    scan(folder, "3", 30, "production_snapshot")
    scan(folder, "4", 0.01, "production_snapshot")
    return folder


def test_the_last_good_and_the_unfinished_stay(evidence: Path) -> None:
    done = prune(evidence, keep=1, now=NOW)
    assert names(evidence) == {"b-good", "d-approved", "g-planned", "scans/2", "scans/4"}
    assert {each.folder.name: each.why for each in done.kept} == {
        "b-good": "it is the last good run",
        "d-approved": "it has not ended",
        "2": "it is the last good scan",
    }
    assert prune(evidence, keep=1, now=NOW).gone == ()


def test_what_was_taken_back_is_not_the_last_good_run(evidence: Path) -> None:
    run(evidence, "undone/x", 0.5, True)
    run(evidence, "undone/w", 0.6, approved=True)
    run(evidence, "y-undo", 0.4, approved=True)
    Bundle.open(evidence / "y-undo/evidence").add_text("UNDONE.md", "Taken back.")
    aged(evidence / "y-undo/evidence", 0.4)
    run(evidence, "z-newest", 0.1)
    prune(evidence, keep=1, now=NOW)
    assert names(evidence) == {"b-good", "d-approved", "z-newest", "scans/2", "scans/4"}


def test_both_limits_let_go_only_what_both_let_go(evidence: Path) -> None:
    before = names(evidence)
    would = prune(evidence, keep=3, older_than_s=180 * DAY, now=NOW, dry=True)
    assert names(evidence) == before
    assert {folder.name for folder in would.gone} == {"a-good-old", "c-broken"}
    prune(evidence, keep=3, older_than_s=180 * DAY, now=NOW)
    assert before - names(evidence) == {"a-good-old", "c-broken"}


def test_a_scan_that_still_runs_stays(evidence: Path) -> None:
    prune(evidence, older_than_s=0, now=NOW)
    assert names(evidence) == {"b-good", "d-approved", "scans/2", "scans/4"}


def test_what_an_interrupted_pruning_left_is_swept_away(evidence: Path) -> None:
    (evidence / "a-good-old").rename(evidence / f"{LEAVING}a-good-old")
    assert prune(evidence, keep=100, now=NOW).gone == ()
    assert not list(evidence.glob(f"{LEAVING}*"))


def test_a_run_with_broken_evidence_is_not_taken_for_good(evidence: Path) -> None:
    (evidence / "b-good/evidence/index.json").write_text("{}")
    aged(evidence / "b-good/evidence", 300)
    prune(evidence, keep=1, now=NOW)
    assert "a-good-old" in names(evidence)
