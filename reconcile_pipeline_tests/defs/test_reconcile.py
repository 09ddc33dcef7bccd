"""The reconcile job on the story: refused without an approval, then green."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.defs.story import (
    APPLY,
    Story,
    checks,
    failures,
    materialized,
    records,
)

NOBODY = "Nobody has approved this plan. Nothing was changed."


def test_the_job_refuses_without_an_approval(story: Story) -> None:
    assert failures(story.runs["refused"]) == {"user_profiles_backfill": NOBODY}


@pytest.mark.parametrize("asset", APPLY)
def test_an_asset_selected_alone_refuses_without_an_approval(story: Story, asset: str) -> None:
    assert failures(story.runs[f"refused {asset}"]) == {asset: NOBODY}
    assert checks(story.runs[f"refused {asset}"]) == {}


def test_a_verification_before_the_apply_writes_no_report(story: Story) -> None:
    (why,) = failures(story.runs["too early"]).values()
    assert "is not done yet, so there is nothing to verify" in why


def test_a_hash_of_no_plan_is_refused(story: Story) -> None:
    result = story.run("reconcile", "archive", plan_hash="0123456789ab")
    assert failures(result)["archive"].startswith("There is no plan 0123456789ab")


def test_after_the_approval_everything_is_applied_and_green(story: Story) -> None:
    done = story.runs["reconcile"]
    assert done.success, failures(done)
    assert checks(done) == {
        "user_profiles_backfill.anti_join_empty": True,
        "user_profiles_backfill.roles_right": True,
        "user_profiles_backfill.every_listed_admin_found": True,
        "user_profiles_backfill.nobody_waited_too_long": True,
        "history_update.every_version_proved": True,
        "history_update.rows_as_client_writes": True,
        "history_update.nobody_waited_too_long": True,
        "archive.manifest_fits": True,
        "archive.client_will_push": True,
        "verification.true": True,
        "verification.nothing_lost": True,
        "verification.nothing_stopped": True,
        "verification.in_step": True,
        "verification.seen_from_outside": True,
    }


def test_the_database_is_what_the_metadata_says(story: Story) -> None:
    backfill = materialized(story.runs["reconcile"], "user_profiles_backfill")
    (row,) = records(backfill["profiles"])
    assert (row["Source rows"], row["Rows"], row["By role"]) == (3, 3, "3 admin")
    assert str(backfill["approved"].value).startswith("by Ada at ")
    recorded = records(materialized(story.runs["reconcile"], "history_update")["recorded"])
    with psycopg.connect(story.target.dsn) as connection:
        roles = connection.execute("SELECT role, count(*) FROM public.user_profiles GROUP BY 1")
        assert roles.fetchall() == [("admin", 3)]
        versions = connection.execute(
            "SELECT version FROM supabase_migrations.schema_migrations WHERE version > '007'"
        ).fetchall()
    assert {version for (version,) in versions} == {row["Version"] for row in recorded}


def test_the_verification_shows_the_report_itself(story: Story) -> None:
    found = materialized(story.runs["reconcile"], "verification")
    report = str(found["report"].value)
    assert report.startswith("# Reconciliation of story")
    assert Path(str(found["report file"].value)).read_text() == report
    assert [row["Held"] for row in records(found["promises"])] == ["yes"] * 4
    assert all(row["After"] >= (row["Before"] or 0) for row in records(found["rows"]))


def test_applying_again_changes_nothing(story: Story) -> None:
    before = _state(story)
    again = story.run("reconcile", plan_hash=story.digits)
    assert again.success, failures(again)
    for asset in ("user_profiles_backfill", "history_update", "archive"):
        outcomes = {row["Outcome"] for row in records(materialized(again, asset)["steps"])}
        assert outcomes == {"already"}
    assert _state(story) == before


def _state(story: Story) -> dict[str, object]:
    queries = (
        "SELECT xmin, p.* FROM public.user_profiles AS p ORDER BY 2",
        "SELECT xmin, h.* FROM supabase_migrations.schema_migrations AS h ORDER BY 2",
    )
    with psycopg.connect(story.target.dsn) as connection:
        rows = {query: connection.execute(query.encode()).fetchall() for query in queries}
    files = {
        path.relative_to(story.folder).as_posix(): path.read_bytes()
        for path in sorted(story.folder.glob("migrations*/*"))
    }
    return {**rows, **files}
