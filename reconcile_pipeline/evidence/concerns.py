"""What is not one of the four promises, and must not be overlooked all the same."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.model import Backfilled, Outcome, ReportFacts


def concerns(facts: ReportFacts) -> tuple[str, ...]:
    """One sentence each; empty when there is nothing to worry about."""
    return tuple(_concerns(facts))


def _concerns(facts: ReportFacts) -> Iterator[str]:
    for run in facts.steps:
        if run.outcome is Outcome.FAILED:
            yield f"Step {run.step} failed{': ' + run.detail if run.detail else ''}."
    for change in facts.access.changes if facts.access else ():
        if change.wider and not change.planned:
            yield (
                f"{change.role} may do more than before, and no plan said so: "
                f"{change.action} on {change.table}, {change.before} before, {change.after} now."
            )
    for backfill in facts.backfills:
        yield from _backfill(backfill)


def _backfill(backfill: Backfilled) -> Iterator[str]:
    if backfill.missing_after:
        rows = count(backfill.missing_after, "row")
        yield f"Still without a row in {backfill.table}: {rows} of {backfill.source}."
    if backfill.second_run_inserted:
        rows = count(backfill.second_run_inserted, "row")
        yield f"Run again, the backfill of {backfill.table} inserted {rows}."
    if backfill.signup is False:
        yield f"A new user got no row in {backfill.table}."
