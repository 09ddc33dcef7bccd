"""Which versions can be recorded as applied: those whose every statement production shows.

The same question is asked again before the history is written (flow/prove), of production as it is
then; asked here too, nobody approves a plan that would be refused half way.
"""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.tables import LIVE
from reconcile_pipeline.plan.complete import is_completed

LISTED = 3


def shows(
    statement: StatementVerdict, adopted: Collection[str], restored: Collection[str] = ()
) -> bool:
    """True where production shows what the statement did, or nothing can ever show it.

    `adopted`: identities of objects whose change by hand the reconciliation migration carries;
    `restored`: of those that the plan puts back before.
    """
    if statement.verdict in LIVE or statement.verdict is Verdict.UNVERIFIABLE:
        return True
    changed = [effect.identity for effect in statement.effects if effect.verdict not in LIVE]
    if changed and all(identity in restored for identity in changed):
        return True
    return statement.verdict is Verdict.DIFFERENT and all(
        identity in adopted or identity in restored for identity in changed
    )


def why_not(
    m: MigrationFinding,
    adopted: Collection[str],
    restored: Collection[str],
    *,
    completed: bool,
) -> str:
    """Why this version cannot be recorded; empty where nothing is in the way.

    `completed`: the plan runs the statements that production lacks.
    """
    missing = [
        f"line {s.line}, {s.tag}, is {s.verdict.value} in production"
        for s in (m.report.statements if m.report else ())
        if not (completed and is_completed(s)) and not shows(s, adopted, restored)
    ]
    if not missing:
        return ""
    more = f" (and {len(missing) - LISTED} more)" if missing[LISTED:] else ""
    return (
        f"it cannot be recorded as applied: {'; '.join(missing[:LISTED])}{more}; restore what was "
        "removed (reconcile plan --restore NAME), or take it out of the file"
    )
