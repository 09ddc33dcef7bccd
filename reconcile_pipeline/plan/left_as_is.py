"""What is wrong in production whoever made it, and stays so: the verification afterwards tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.standing import RECURSION
from reconcile_pipeline.plan.completion.complete import is_completed


def recursing(
    report: DriftReport, settled: Collection[ObjectId], completed: Collection[str] = ()
) -> Iterator[str]:
    """One warning for the policies of each circle in which queries fail; but for those of which the
    plan puts back or drops one, the `settled` ones, or completes a file that does: `completed`.
    """
    policies = {id.identity for id in settled if id.kind is Kind.POLICY}
    policies |= {
        effect.identity
        for m in report.migrations
        if m.file in completed and m.report is not None
        for statement in m.report.statements
        if is_completed(statement)
        for effect in statement.effects
        if effect.kind == Kind.POLICY
    }
    for hazard in report.as_it_stands:
        if hazard.rule == RECURSION and policies.isdisjoint(hazard.objects):
            yield (
                f"{hazard.message.rstrip('.')} (SQLSTATE 42P17). It does so now, and the plan "
                "leaves it: Access will not be in order afterwards."
            )
