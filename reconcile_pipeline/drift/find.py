"""Set verdicts against the history: what each migration's state means."""

from __future__ import annotations

from reconcile_pipeline.attribution.model import (
    Attribution,
    MigrationReport,
    MigrationVerdict,
    Verdict,
)
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.hazards import judge
from reconcile_pipeline.migrations.model import Inventory, MigrationFile, Severity

_RECORDED = {
    MigrationVerdict.APPLIED: Finding.SYNCHRONIZED,
    MigrationVerdict.SUPERSEDED: Finding.SYNCHRONIZED,
    MigrationVerdict.UNVERIFIABLE: Finding.SYNCHRONIZED,
    MigrationVerdict.APPLIED_CHANGED: Finding.ALTERED,
    MigrationVerdict.PARTIAL: Finding.HALF_APPLIED,
    MigrationVerdict.NOT_APPLIED: Finding.PHANTOM,
}
_UNRECORDED = {
    MigrationVerdict.APPLIED: Finding.UNRECORDED,
    MigrationVerdict.SUPERSEDED: Finding.UNRECORDED,
    MigrationVerdict.APPLIED_CHANGED: Finding.UNRECORDED,
    MigrationVerdict.PARTIAL: Finding.HALF_APPLIED,
}
DELETES = "deletes_data"


def find(
    target: str,
    attribution: Attribution,
    inventory: Inventory,
    history: HistoryState,
    fingerprint: str,
) -> DriftReport:
    """The drift report of one target. Without a history tool, what is applied counts as in step."""
    recorded = history.versions()
    findings = [
        _finding(file, report, recorded, history.tool == "none")
        for file, report in zip(inventory.files, attribution.migrations, strict=True)
    ]
    versions = {file.version for file in inventory.files}
    findings += [
        MigrationFinding(row.version, row.name, None, True, Finding.FILE_MISSING, None)
        for row in history.rows
        if row.applied and row.version not in versions
    ]
    return DriftReport(
        target,
        history.tool,
        fingerprint,
        inventory.sha256,
        tuple(findings),
        attribution.unexplained,
        attribution.notes,
    )


def _finding(
    file: MigrationFile, report: MigrationReport, recorded: frozenset[str], no_history: bool
) -> MigrationFinding:
    known = file.version is not None and file.version in recorded
    hazards: tuple[str, ...] = ()
    if known or (no_history and report.verdict in _UNRECORDED):
        finding = Finding.ALTERED if undone(report) else _RECORDED[report.verdict]
    elif report.verdict in _UNRECORDED:
        finding = _UNRECORDED[report.verdict]
    else:
        finding = Finding.PENDING
    if not known:
        hazards, deletes = _hazards(file)
        if deletes and finding is Finding.PENDING:
            finding = Finding.PENDING_DESTRUCTIVE
    return MigrationFinding(file.version, file.name, file.path, known, finding, report, hazards)


def undone(report: MigrationReport) -> bool:
    """Whether nothing shows that a file ran which counts as run, and all that it made is gone: what
    became of that is told by the objects, and decided there."""
    told = {s.verdict for s in report.statements if s.ran} - {Verdict.UNVERIFIABLE}
    gone = bool(told) and told <= {Verdict.ABSENT, Verdict.DIFFERENT}
    return gone and report.verdict is MigrationVerdict.UNVERIFIABLE


def _hazards(file: MigrationFile) -> tuple[tuple[str, ...], bool]:
    """What pushing a file would do, in words; and whether it would delete data."""
    found = [
        (statement.line, hazard) for statement in file.statements for hazard in judge(statement.sql)
    ]
    severities = list(Severity)
    # The worst first: whoever reads only one line should read that one.
    found.sort(key=lambda pair: (pair[1].rule != DELETES, severities.index(pair[1].severity)))
    words = tuple(f"line {line}: {hazard.message}" for line, hazard in found)
    return words, any(hazard.rule == DELETES for _, hazard in found)
