"""A drift report as plain JSON values: the contract of `reconcile drift --format json`.

Keys are only ever added. The order is fixed: migrations as the directory orders them, statements
by index, effects and unexplained objects by kind and identity.
"""

from __future__ import annotations

from typing import Any

from reconcile_pipeline.attribution.model import StatementVerdict, Unexplained
from reconcile_pipeline.drift.model import DriftReport, MigrationFinding
from reconcile_pipeline.redact import redact


def to_json(report: DriftReport) -> dict[str, Any]:
    """The report as dicts, lists, strings, numbers, booleans and None.

    `statements` is empty for a recorded version without a file. A statement's SQL is not part of
    the answer, since it may hold rows; `line` leads to it in the file. Texts hold no addresses.
    """
    return {
        "target": report.target,
        "history_tool": report.history_tool,
        "in_step": report.in_step,
        "fingerprint": report.fingerprint,
        "inventory_sha256": report.inventory_sha256,
        "migrations": [_migration(finding) for finding in report.migrations],
        "unexplained": [_unexplained(u) for u in sorted(report.unexplained, key=_by_identity)],
        "ignored": sorted(redact(str(id)) for id in report.ignored),
        "notes": [redact(note) for note in report.notes],
        "as_it_stands": [
            {
                "rule": hazard.rule,
                "severity": hazard.severity.value,
                "message": redact(hazard.message),
                "objects": list(hazard.objects),
            }
            for hazard in report.as_it_stands
        ],
    }


def _migration(finding: MigrationFinding) -> dict[str, Any]:
    report = finding.report
    return {
        "version": finding.version,
        "name": finding.name,
        "file": finding.file,
        "recorded": finding.recorded,
        "verdict": finding.verdict,
        "finding": finding.finding.value,
        "hazards": [redact(hazard) for hazard in finding.hazards],
        "reason": redact(report.reason) if report else "",
        "alternative": redact(report.alternative) if report else "",
        "statements": [_statement(s) for s in report.statements] if report else [],
    }


def _statement(statement: StatementVerdict) -> dict[str, Any]:
    effects = sorted(statement.effects, key=lambda e: (e.kind, e.identity, e.change.value))
    return {
        "index": statement.index,
        "line": statement.line,
        "tag": statement.tag,
        "verdict": statement.verdict.value,
        "reason": redact(statement.reason),
        "error": redact(statement.error),
        "effects": [
            {
                "kind": effect.kind,
                "identity": redact(effect.identity),
                "change": effect.change.value,
                "verdict": effect.verdict.value,
                "facets": sorted(effect.facets),
                "fact": redact(effect.fact),
            }
            for effect in effects
        ],
    }


def _unexplained(unexplained: Unexplained) -> dict[str, Any]:
    return {
        "kind": unexplained.id.kind.value,
        "identity": redact(unexplained.id.identity),
        "change": unexplained.change.value,
        "facets": sorted(unexplained.facets),
        "note": redact(unexplained.note),
    }


def _by_identity(unexplained: Unexplained) -> tuple[str, str, str]:
    return unexplained.id.kind.value, unexplained.id.identity, unexplained.change.value
