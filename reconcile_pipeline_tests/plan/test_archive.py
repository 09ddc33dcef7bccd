"""Which files leave the directory where no history is written."""

from __future__ import annotations

from dataclasses import replace

from reconcile_pipeline.attribution.model import (
    MigrationReport,
    MigrationVerdict,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.plan.archive import all_stay, sort_files


def found(
    number: str, finding: Finding, verdict: MigrationVerdict, error: str = ""
) -> MigrationFinding:
    path = f"{number}.sql"
    sql = StatementVerdict(0, 1, "SELECT 1", "SELECT", Verdict.SUPERSEDED, (), error=error)
    report = MigrationReport(path, number, "", verdict, (sql,))
    return MigrationFinding(number, "", path, False, finding, report)


def test_what_cannot_run_without_what_left_stayed_and_seemed_never_to_have_run() -> None:
    listed = (
        found("1", Finding.SYNCHRONIZED, MigrationVerdict.SUPERSEDED),
        found("2", Finding.PENDING_DESTRUCTIVE, MigrationVerdict.NOT_APPLIED),
        found("3", Finding.SYNCHRONIZED, MigrationVerdict.SUPERSEDED, "no such type"),
        found("4", Finding.SYNCHRONIZED, MigrationVerdict.APPLIED),
    )
    report = DriftReport("plain", "none", "f", "", listed, ())
    sorting = sort_files(report, Target.model_validate({}), frozenset(), recording=False)
    assert [m.version for m in sorting.stay] == ["1"]
    assert [m.version for m in sorting.out] == ["2"]
    assert [m.version for m in sorting.archived] == ["3", "4"]


def test_a_directory_of_which_nothing_ran_was_emptied_and_could_not_be_scanned_any_more() -> None:
    listed = (
        found("1", Finding.PENDING, MigrationVerdict.NOT_APPLIED),
        found("2", Finding.PENDING_DESTRUCTIVE, MigrationVerdict.NOT_APPLIED),
    )
    report = DriftReport("plain", "supabase", "f", "", listed, ())
    sorting = sort_files(report, Target.model_validate({}), frozenset())
    assert [m.version for m in sorting.out] == ["1", "2"]
    assert [m.version for m in all_stay(sorting, report).stay] == ["1", "2"]
    # One that stays is enough for the others to go.
    more = (found("0", Finding.SYNCHRONIZED, MigrationVerdict.APPLIED), *listed)
    sorting = sort_files(replace(report, migrations=more), Target.model_validate({}), frozenset())
    assert all_stay(sorting, report) == sorting
