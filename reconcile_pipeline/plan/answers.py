"""Which step answers which finding; and for those that none answers, why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconcile_pipeline.attribution.model import MigrationVerdict, StatementVerdict, Verdict
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.words import at_lines
from reconcile_pipeline.plan.model import Step

_NOTHING_TO_RECORD = "there is no migration history to record it in"


def findings(report: DriftReport) -> tuple[str, ...]:
    """Everything that asks for an answer: migrations that are not synchronized, by version or
    name, and objects that were changed by hand, e.g. `policy public.x.y`.
    """
    migrations = [
        m.version or m.name for m in report.migrations if m.finding is not Finding.SYNCHRONIZED
    ]
    return tuple(dict.fromkeys([*migrations, *(str(entry.id) for entry in report.unexplained)]))


def settled_by(report: DriftReport, ids: Collection[str]) -> list[str]:
    """Altered migrations of which some change since is among these objects."""
    return [
        m.version or m.name
        for m in report.migrations
        if m.finding is Finding.ALTERED and _touched(m) & set(ids)
    ]


def _touched(m: MigrationFinding) -> set[str]:
    statements = m.report.statements if m.report else ()
    return {f"{effect.kind} {effect.identity}" for s in statements for effect in s.effects}


def unanswered(
    report: DriftReport, steps: Sequence[Step], declined: Mapping[str, str]
) -> dict[str, str]:
    """Finding -> why no step answers it, for those that have neither a step nor a reason yet."""
    answered = {answer for step in steps for answer in step.answers}
    by_hand = {str(entry.id) for entry in report.unexplained}
    found: dict[str, str] = {}
    for m in report.migrations:
        label = m.version or m.name
        if m.finding is not Finding.SYNCHRONIZED and label not in answered | declined.keys():
            found[label] = _why(m, by_hand, answered, declined)
    for identity in sorted(by_hand - answered - declined.keys()):
        found[identity] = "it stays as it is in production, and the directory makes it so already"
    return found


def _why(
    m: MigrationFinding,
    by_hand: Collection[str],
    answered: Collection[str],
    declined: Mapping[str, str],
) -> str:
    if m.finding is not Finding.ALTERED:
        return _NOTHING_TO_RECORD
    mine = sorted(_touched(m) & set(by_hand))
    settled = [each for each in mine if each in answered]
    left = [f"{each} ({declined[each]})" for each in mine if each in declined]
    shown = m.verdict != MigrationVerdict.UNVERIFIABLE
    it = "it is applied; what was changed since" if shown else "what is gone of it"
    if left:
        return f"{it} stays different: {', '.join(left[:5])}"
    if settled:
        return f"{it} has its own answer: {', '.join(settled[:5])}"
    if rows := [s for s in m.report.statements if _wrote_rows(s)] if m.report else []:
        lines = at_lines([str(s.line) for s in rows], limit=5)
        return f"it is applied; rows that it wrote are gone or others now ({lines}), and stay so"
    return "it is applied; only what later migrations replaced differs"


def _wrote_rows(statement: StatementVerdict) -> bool:
    """Whether it ran, and production does not show the rows that it left."""
    different = statement.verdict in (Verdict.ABSENT, Verdict.DIFFERENT)
    return statement.ran and different and bool(statement.rows)
