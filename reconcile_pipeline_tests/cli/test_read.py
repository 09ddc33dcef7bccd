"""status and drift on the story: what people see, and the JSON that programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pandas
import pytest

from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, project, reconcile

TRUTH = Path(__file__).parents[1] / "story" / "truth_story.json"


def direct(verb: str, story: Story, *more: str) -> tuple[str, str, int]:
    """stdout, stderr and exit code of a verb on the story's database."""
    result = reconcile(verb, "--database-url", story.dsn, "--migrations", MIGRATIONS, *more)
    return result.stdout, result.stderr, result.exit_code


def test_status_shows_the_storys_table_and_what_to_do(
    shared_story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown, said, code = direct("status", shared_story)
    assert code == 1
    assert "reading production" in said
    lines = [line.split() for line in shown.splitlines()]
    assert ["Local", "Remote", "Verdict", "Finding"] in lines
    assert ["003_core_schema", "003", "applied", "synchronized"] in lines
    assert ["009_fix_rls_policies", "partial", "half", "applied"] in lines
    assert ["011_smartsuite_alignment", "not", "applied", "pending", "destructive"] in lines
    assert "011_smartsuite_alignment" in shown
    assert "TRUNCATE" in shown
    assert "reconcile plan" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_status_as_json_holds_nothing_but_json(shared_story: Story) -> None:
    shown, _, code = direct("status", shared_story, "--format", "json")
    found = json.loads(shown)
    assert code == 1
    assert found["in_step"] is False
    assert len(found["migrations"]) == 14
    assert found["migrations"][0] == {
        "local": "003_core_schema",
        "remote": "003",
        "verdict": "applied",
        "finding": "synchronized",
        "note": "",
    }


def test_drift_as_json_is_the_contract(shared_story: Story) -> None:
    shown, _, code = direct("drift", shared_story, "--format", "json")
    found = json.loads(shown)
    assert code == 1
    assert {"migrations", "unexplained", "fingerprint"} <= set(found)
    assert len(found["fingerprint"]) == 64
    truth = json.loads(TRUTH.read_text())["migrations"]
    assert [(m["version"], m["verdict"], m["finding"]) for m in found["migrations"]] == [
        (m["version"], m["verdict"], m["finding"]) for m in truth
    ]
    for migration in found["migrations"]:
        assert {"version", "name", "file", "recorded", "verdict", "finding", "statements"} <= set(
            migration
        )
        for index, statement in enumerate(migration["statements"]):
            assert statement["index"] == index
            for effect in statement["effects"]:
                assert {"kind", "identity", "change", "verdict"} <= set(effect)


def test_drift_names_the_statements_that_are_missing(shared_story: Story) -> None:
    shown, _, code = direct("drift", shared_story)
    assert code == 1
    assert "020_enforce_auth_requirements" in shown
    assert "003_core_schema" not in shown  # in step
    assert "CREATE TABLE" in shown
    assert "absent" in shown


def test_drift_as_tables(shared_story: Story, tmp_path: Path) -> None:
    shown, _, code = direct("drift", shared_story, "--format", "csv")
    assert code == 1
    head, *rows = shown.splitlines()
    assert head == "target,local,line,statement,verdict,fact"
    assert len(rows) > 200
    file = tmp_path / "out/drift.parquet"
    shown, _, code = direct(
        "drift", shared_story, "--format", "parquet", "--table", "status", "--output", str(file)
    )
    assert (shown, code) == ("", 1)
    status = pandas.read_parquet(file)
    assert list(status["finding"]).count("pending_destructive") == 1
    for wrong in (["--format", "parquet"], ["--output", "x"]):
        assert direct("drift", shared_story, *wrong)[2] == 2


def test_a_database_without_history_is_judged_by_what_is_there(shared_story: Story) -> None:
    shown, _, code = direct("status", shared_story, "--history", "none", "--format", "json")
    found = json.loads(shown)
    assert code == 1
    assert found["history_tool"] == "none"
    assert found["migrations"][0]["remote"] == ""


def test_a_target_comes_from_reconcile_toml(
    shared_story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, shared_story.dsn, monkeypatch)
    result = reconcile("status", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["target"] == "story"
