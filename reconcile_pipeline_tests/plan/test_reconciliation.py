"""What the reconciliation migration is called: replaying the directory, it has to come last."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.attribution.model import (
    EffectVerdict,
    MigrationReport,
    MigrationVerdict,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.drift.model import Finding, MigrationFinding
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.plan.model import Lessons
from reconcile_pipeline.plan.reconciliation import content, new_file


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["003_a.sql", "021_b.sql"], "022_reconcile_production.sql"),
        (["00.23.00_01_a.sql", "03.04.00_50_b.sql"], "04_reconcile_production.sql"),
        (["first.sql", "second.sql"], "second_reconcile_production.sql"),
    ],
)
def test_among_files_without_a_version_it_came_before_others(
    tmp_path: Path, names: list[str], made: str
) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    new = new_file(take_inventory(tmp_path), (), "SELECT 2;\n")
    assert new.path == made
    (tmp_path / new.path).write_text(new.text)
    assert take_inventory(tmp_path).files[-1].path == made


def test_a_statement_that_no_replay_can_run_was_written_again_and_kept_all_from_being_in_step() -> (
    None
):
    fails = StatementVerdict(0, 1, "ALTER INDEX a RENAME TO b", "ALTER INDEX", Verdict.APPLIED, (
        EffectVerdict("index", "public.b", Change.CREATED, Verdict.APPLIED),
    ), error="no a")  # fmt: skip
    runs = StatementVerdict(1, 2, "CREATE TABLE c ()", "CREATE TABLE", Verdict.APPLIED, ())
    report = MigrationReport("1.sql", "1", "", MigrationVerdict.APPLIED, (fails, runs))
    found = MigrationFinding("1", "", "1.sql", False, Finding.UNRECORDED, report)
    assert "ALTER INDEX" in content((found,), frozenset(), ())
    text = content((found,), frozenset(), (), lessons=Lessons(needless=(fails.sql,)))
    assert "ALTER INDEX" not in text and "CREATE TABLE" in text
