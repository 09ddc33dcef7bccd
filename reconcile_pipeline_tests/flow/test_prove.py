"""What is asked of each version before the history names it, and of the directory to be."""

from __future__ import annotations

from dataclasses import replace

from reconcile_pipeline.attribution.model import MigrationReport, MigrationVerdict, Verdict
from reconcile_pipeline.flow.prove import as_before, unproved
from reconcile_pipeline.flow.replay import failing
from reconcile_pipeline_tests.evidence.cases import facts

NOBODY: frozenset[str] = frozenset()


def test_a_version_of_which_nothing_is_proved_was_recorded_and_then_broke_the_promise() -> None:
    recorded = facts().recorded[0]
    assert unproved(recorded, NOBODY) == []
    silent = tuple(
        replace(s, verdict=Verdict.UNVERIFIABLE, effects=()) for s in recorded.statements
    )
    (why,) = unproved(replace(recorded, statements=silent), NOBODY)
    assert why.endswith("not one of its statements is proved live")


def test_a_refused_statement_that_moved_to_another_file_stopped_an_apply_half_way() -> None:
    recorded = facts().recorded[0]
    refused, *others = recorded.statements
    report = MigrationReport(
        "099_reconciliation.sql", "099", "reconciliation", MigrationVerdict.APPLIED,
        (replace(refused, error="no such thing"), *(replace(s, error="new") for s in others)),
    )  # fmt: skip
    assert len(failing(report)) == len(report.statements)
    assert failing(report, {refused.sql.strip()}) == [
        f"099_reconciliation.sql, line {refused.line}: {refused.tag} fails (no such thing)"
    ]


def test_a_function_that_a_completed_file_makes_alike_stopped_an_apply_half_way() -> None:
    known = facts()
    recorded = next(r for r in known.recorded if not unproved(r, NOBODY))
    shown = MigrationReport(
        recorded.file, recorded.version, recorded.name, MigrationVerdict.APPLIED,
        recorded.statements,
    )  # fmt: skip
    found = replace(known.before.migrations[0], version=recorded.version, file=recorded.file)
    before = replace(known.before, migrations=(replace(found, report=shown),))
    silent = tuple(
        replace(s, verdict=Verdict.UNVERIFIABLE, effects=()) for s in recorded.statements
    )
    now = replace(recorded, statements=silent)
    assert unproved(now, NOBODY)
    assert unproved(as_before(now, before), NOBODY) == []
    # What production denies since is not taken from before.
    gone = replace(now, statements=(replace(silent[0], verdict=Verdict.ABSENT), *silent[1:]))
    assert as_before(gone, before) == gone
