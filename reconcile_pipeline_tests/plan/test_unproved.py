"""What an approver is told of statements that nothing proves."""

from __future__ import annotations

from reconcile_pipeline.attribution.model import (
    MigrationReport,
    MigrationVerdict,
    StatementVerdict,
    Verdict,
)
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.plan.unproved import unproved


def refused(*errors: str) -> DriftReport:
    statements = tuple(
        StatementVerdict(
            n, n, "UPDATE t SET a = 1", "UPDATE", Verdict.UNVERIFIABLE, (), error=error
        )
        for n, error in enumerate(errors, 1)
    )
    report = MigrationReport("1.sql", "1", "one", MigrationVerdict.UNVERIFIABLE, statements)
    one = MigrationFinding("1", "one", "1.sql", True, Finding.SYNCHRONIZED, report)
    return DriftReport("t", "none", "f", "", (one,), ())


def test_one_more_statements_were_like_that() -> None:
    assert unproved(refused(*"abcde"))[5:] == []
    assert unproved(refused(*"abcdef"))[5:] == ["1 more statement is like that."]
    assert unproved(refused(*"abcdefg"))[5:] == ["2 more statements are like that."]
