"""What counts as a finding, how it reads, and that its name stays when lines move."""

from __future__ import annotations

from dataclasses import replace

from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.flow.alerts.findings import finding_rows, keys
from reconcile_pipeline.flow.alerts.messages import MOST_LINES, Tone, failed, told
from reconcile_pipeline_tests.evidence import cases


def report(case: str = "worse") -> DriftReport:
    return cases.facts(case).before


def test_a_row_names_the_file_and_the_statement_or_the_object() -> None:
    rows = {(row.where, row.what): row for row in finding_rows(report("story"))}
    table = rows["020_enforce_auth_requirements.sql, line 13", "CREATE TABLE public.user_profiles"]
    assert table.finding == "half applied"
    assert table.because == "there is no table public.user_profiles"
    trigger = "CREATE TRIGGER auth.users.on_auth_user_created"
    assert rows["020_enforce_auth_requirements.sql, line 71", trigger].because == (
        "production does not have it"
    )
    assert rows["", "index public.idx_scripts_status_hot"].finding == "added by hand"


def test_every_kind_of_finding_has_a_row_and_the_most_pressing_comes_first() -> None:
    rows = finding_rows(report())
    assert [row.finding for row in rows] == [
        "phantom", "half applied", "altered", "file missing", "pending",
        "added by hand", "removed by hand", "changed by hand",
    ]  # fmt: skip
    assert all(row.what and row.what_to_do for row in rows)
    assert rows[3].where == "version 004"


def test_a_target_in_step_has_none() -> None:
    assert finding_rows(report("nothing")) == ()


def test_a_finding_keeps_its_name_when_lines_move_or_rows_are_counted_again() -> None:
    row = ("pending destructive", "1_a.sql, line 3: TRUNCATE a — 14 rows now")
    moved = ("pending destructive", "1_a.sql, line 4: TRUNCATE a — 15 rows now")
    assert keys([row]).keys() == keys([moved]).keys()
    assert len(keys([row, moved])) == 2  # twice in one file are two
    assert keys([row]).keys().isdisjoint(keys([(row[0], row[1].replace("1_a", "1_b"))]))
    assert list(keys([row]).values()) == [f"{row[0]}: {row[1]}"]


def test_what_is_new_and_what_is_gone_are_told_once() -> None:
    new, gone = told("story", {"a": "one", "b": "two"}, {"b": "two", "c": "three"}, "Drift.")
    assert (new.title, new.tone) == ("story: 1 new finding", Tone.WARNING)
    assert new.body == "- three\n\nDrift."
    assert (gone.title, gone.tone) == ("story: 1 finding resolved", Tone.SUCCESS)
    assert gone.body == "- resolved: one\n\nDrift."
    assert told("story", {"a": "one"}, {"a": "one"}, "Drift.") == ()


def test_of_a_list_that_was_cut_nothing_counts_as_resolved() -> None:
    assert told("story", {"a": "one"}, {}, "Drift.", complete=False) == ()


def test_a_message_stays_short_and_shows_nobodys_address() -> None:
    many = {str(n): f"row {n} of ada@example.com " + "x" * 500 for n in range(100)}
    (new,) = told("story", {}, many, "Drift.", "https://dagster.example.com/runs/1")
    lines = new.body.splitlines()
    assert lines[MOST_LINES] == f"- and {100 - MOST_LINES} more, in the report"
    assert lines[-1] == "Report: https://dagster.example.com/runs/1"
    assert max(map(len, lines)) <= 302
    assert "ada@" not in new.body


def test_a_failure_says_why_and_what_to_do() -> None:
    message = failed("story", "production_snapshot", "It is down.", "Start it.")
    assert message.title == "story: production_snapshot failed"
    assert message.body == "- It is down.\n- Start it."
    assert message.tone is Tone.FAILURE


def test_what_nobody_has_to_know_is_not_in_a_row() -> None:
    half = report().migrations[0]
    found = replace(report(), migrations=(replace(half, hazards=("asks ada@example.com",)),))
    assert "ada@" not in " ".join(row.text for row in finding_rows(found))
