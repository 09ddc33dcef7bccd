"""Drift analysis: what was true of every migration before, and how it came to that."""

from __future__ import annotations

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.tables import status_rows, unexplained_rows
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.document import (
    Block,
    Bullets,
    Code,
    DriftMap,
    Inline,
    Section,
    Table,
)
from reconcile_pipeline.evidence.map import drift_map
from reconcile_pipeline.evidence.model import ReportFacts


def section(facts: ReportFacts) -> Section:
    """The table of findings before, the map, what was changed by hand, and the root cause."""
    before = facts.before
    blocks: list[Block] = [
        status_table("Migrations before the run", before),
        DriftMap("Map of the drift before the run: one cell a statement", drift_map(before)),
    ]
    if before.unexplained:
        blocks.append(_by_hand(before))
    cause = Section("Root cause", "root-cause", (Bullets(tuple(_cause(facts))),))
    return Section("Drift analysis", "drift-analysis", tuple(blocks), (cause,))


def status_table(caption: str, report: DriftReport) -> Table:
    """Local | Remote | Verdict | Finding | Note."""
    return Table(
        caption,
        ("Local", "Remote", "Verdict", "Finding", "Note"),
        tuple(
            (_code(r.local), _code(r.remote), (_words(r.verdict),), (_words(r.finding),), (r.note,))
            for r in status_rows(report)
        ),
    )


def _by_hand(report: DriftReport) -> Table:
    return Table(
        "Changed by hand",
        ("Object", "Kind", "Change", "Differs in", "Note"),
        tuple(
            (_code(r.identity), (_words(r.kind),), (r.change,), (r.facets,), (r.note,))
            for r in unexplained_rows(report)
        ),
    )


def _cause(facts: ReportFacts) -> list[Inline]:
    """Only what the evidence shows: the catalog keeps no record of who changed it, or when."""
    report = facts.before
    found = {finding: _of(report, {finding}) for finding in Finding}
    causes: list[Inline] = []
    if live := _of(report, {Finding.UNRECORDED, Finding.HALF_APPLIED}):
        causes.append(
            (
                f"{listing(live)} reached production past the history tool: what was run by hand "
                "is there, but only the tool writes the history.",
            )
        )
    if half := found[Finding.HALF_APPLIED]:
        causes.append((f"{listing(half)}: only a part of the file was run.",))
    if never := _of(report, {Finding.PENDING, Finding.PENDING_DESTRUCTIVE}, unverifiable=False):
        causes.append((f"{listing(never)} never ran, and stayed in the directory.",))
    if phantom := found[Finding.PHANTOM]:
        causes.append(
            (f"{listing(phantom)}: marked as applied, or undone since; nothing of it is live.",)
        )
    changed = [
        m.version or m.name
        for m in report.migrations
        if m.verdict == MigrationVerdict.APPLIED_CHANGED
    ]
    if changed:
        causes.append((f"What {listing(changed)} made was altered later without a migration.",))
    if found[Finding.FILE_MISSING]:
        causes.append(
            (f"{listing(found[Finding.FILE_MISSING])}: recorded, but the file was taken away.",)
        )
    if report.unexplained:
        causes.append(
            (f"{count(len(report.unexplained), 'object')} changed directly in production.",)
        )
    causes.append(("The catalog does not keep who did it, or when; this report does not guess.",))
    return causes


def _of(report: DriftReport, findings: set[Finding], *, unverifiable: bool = True) -> list[str]:
    return [
        m.version or m.name
        for m in report.migrations
        if m.finding in findings and (unverifiable or m.verdict != MigrationVerdict.UNVERIFIABLE)
    ]


def _code(text: str) -> Inline:
    return (Code(text),) if text else ()


def _words(value: str) -> str:
    return value.replace("_", " ")
