"""What the approver must know: statements that the shadow cannot run, so nothing proves them."""

from __future__ import annotations

from reconcile_pipeline.drift.model import DriftReport

MOST = 5


def unproved(report: DriftReport) -> list[str]:
    """One warning a statement that counts as run and that the shadow refuses, MOST at most."""
    found = [
        f"{m.file}, line {s.line}: the shadow cannot run this {s.tag} ({s.error}); "
        "so what it does is not proved, and replaying the directory will not show it."
        for m in report.migrations
        if m.file is not None and m.report is not None
        for s in m.report.refused
    ]
    more = len(found) - MOST
    return found[:MOST] + ([f"{more} more statements are like that."] if more > 0 else [])
