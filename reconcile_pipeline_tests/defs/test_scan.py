"""The scan job on the story: what each asset shows, and what its checks say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reconcile_pipeline_tests.defs.story import (
    PASSWORD,
    Story,
    checks,
    failures,
    materialization,
    materialized,
    records,
)


def test_a_scan_runs_every_stage_and_writes_nothing(story: Story) -> None:
    scan = story.runs["scan"]
    assert scan.success, failures(scan)
    assert checks(scan) == {
        "production_snapshot.everything_readable": True,
        "production_snapshot.history_present": True,
        "local_migration_inventory.every_file_recordable": True,
        "local_migration_inventory.deletes_nothing": False,
        "drift_report.in_step": False,
        "drift_report.no_phantoms": True,
        "drift_report.no_pending_destructive": False,
        "drift_report.no_half_applied": False,
        "drift_report.nothing_changed_by_hand": True,
        "reconciliation_plan.every_finding_answered": False,
        "reconciliation_plan.no_warnings": False,
        "reconciliation_plan.no_rows_deleted": True,
        "reconciliation_plan.rehearsed": True,
    }


def test_the_snapshot_shows_the_storys_counts(story: Story) -> None:
    found = materialized(story.runs["scan"], "production_snapshot")
    assert str(found["summary"].value).startswith("14 tables, 26 policies, ")
    assert len(records(found["tables"])) == 14
    assert [row["Version"] for row in records(found["history"])] == [
        "003", "004", "005", "006", "007",
    ]  # fmt: skip


def test_the_inventory_names_the_worst_hazard(story: Story) -> None:
    files = records(materialized(story.runs["scan"], "local_migration_inventory")["files"])
    assert len(files) == 14
    (wipe,) = [row for row in files if row["File"].startswith("011")]
    assert "TRUNCATE CASCADE" in wipe["Worst hazard"]


def test_the_drift_report_shows_the_storys_table(story: Story) -> None:
    found = materialized(story.runs["scan"], "drift_report")
    assert {row["Local"][:3]: row["Finding"] for row in records(found["migrations"])} == {
        "003": "synchronized", "004": "synchronized", "005": "synchronized",
        "006": "synchronized", "007": "synchronized", "008": "unrecorded",
        "009": "half applied", "010": "half applied", "011": "pending destructive",
        "012": "pending", "013": "pending", "016": "unrecorded",
        "020": "half applied", "021": "half applied",
    }  # fmt: skip
    absent = str(found["statements not live"].value)
    assert "`020_enforce_auth_requirements:13` | CREATE TABLE | absent" in absent
    assert "003_core_schema" not in absent
    assert str(found["report"].value).startswith("**Drift: 1 pending destructive")


def test_every_finding_is_a_row_that_names_the_file_and_the_statement(story: Story) -> None:
    rows = records(materialized(story.runs["scan"], "drift_report")["findings"])
    found = {(row["Finding"], row["What"]) for row in rows}
    table = "020_enforce_auth_requirements.sql, line 13: CREATE TABLE public.user_profiles"
    assert ("half applied", f"{table} — production does not have it") in found
    assert {row["What"].partition("_")[0] for row in rows} == {
        "008", "009", "010", "011", "012", "013", "016", "020", "021",
    }  # fmt: skip
    assert materialized(story.runs["again"], "drift_report")["findings"].value == "none"


def test_the_plan_says_what_a_push_would_do_and_what_to_do_next(story: Story) -> None:
    found = materialized(story.runs["scan"], "reconciliation_plan")
    assert "011_smartsuite_alignment.sql, line 18, would delete 7 rows" in str(
        found["if somebody pushed now"].value
    )
    next_steps = str(found["what to do next"].value)
    assert f"reconcile approve --target story {story.digits}" in next_steps
    assert f"plan_hash: {story.digits}" in next_steps
    assert "CREATE TABLE" in str(found["plan"].value)


def test_evidence_is_named_by_path_and_hash(story: Story) -> None:
    for asset in ("production_snapshot", "local_migration_inventory", "drift_report"):
        found = materialized(story.runs["scan"], asset)
        data = Path(str(found["evidence"].value)).read_bytes()
        assert hashlib.sha256(data).hexdigest() == found["evidence sha256"].value
    folder = Path(str(found["evidence"].value)).parent
    assert "011_smartsuite_alignment" in (folder / "status.csv").read_text()


def test_the_fingerprint_is_the_snapshots_data_version(story: Story) -> None:
    event = materialization(story.runs["scan"], "production_snapshot")
    assert event.tags is not None
    assert event.tags["dagster/data_version"] == event.metadata["fingerprint"].value


def test_a_stage_by_itself_reads_everything_anew(story: Story) -> None:
    alone = story.run("scan", "reconciliation_plan")
    assert alone.success, failures(alone)
    found = materialized(alone, "reconciliation_plan")
    assert "There is nothing to plan" in str(found["summary"].value)


def test_a_target_that_is_down_fails_with_what_to_do_next(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_STORY_URL", f"postgresql://ada:{PASSWORD}@127.0.0.1:1/nowhere")
    down = story.run("scan", "production_snapshot")
    (why,) = failures(down).values()
    assert why.startswith("The database cannot be reached: ")
    assert why.endswith("Nothing was changed.")
    monkeypatch.delenv("TEST_STORY_URL")
    (why,) = failures(story.run("scan", "production_snapshot")).values()
    assert why == "The environment variable TEST_STORY_URL is not set. Nothing was changed."


def test_after_reconciling_a_scan_is_green(story: Story) -> None:
    again = story.runs["again"]
    assert again.success, failures(again)
    assert checks(again) == dict.fromkeys(checks(again), True)
    found = materialized(again, "drift_report")
    assert str(found["summary"].value).startswith("In step: 13 migrations")
    verdicts = {row["Local"][:3]: row["Verdict"] for row in records(found["migrations"])}
    assert verdicts["003"] == "applied"
    assert verdicts["009"] == "unverifiable: it holds no statement"  # a marker
