"""The splitter against what the real CLI recorded, case by case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconcile_pipeline.history.supabase_split import split
from reconcile_pipeline_tests.history.supabase_cli import CASES


@pytest.mark.parametrize("path", sorted(CASES.glob("*.sql")), ids=lambda path: path.stem)
def test_splits_as_the_cli_recorded(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    assert list(split(text)) == json.loads(path.with_suffix(".json").read_text())


def test_every_case_has_its_record() -> None:
    assert {p.stem for p in CASES.glob("*.sql")} == {p.stem for p in CASES.glob("*.json")}


def test_a_never_ending_escape_string_is_not_taken_for_a_shorter_one() -> None:
    assert split("SELECT e'a''b; SELECT 2;") == ("SELECT e'a''b; SELECT 2",)
