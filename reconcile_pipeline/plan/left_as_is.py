"""What is wrong in production whoever made it, and stays so: the verification afterwards tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.standing import RECURSION


def recursing(report: DriftReport, settled: Collection[ObjectId]) -> Iterator[str]:
    """One warning a policy for which queries fail; but for those that the plan puts back or drops,
    the `settled` ones.
    """
    policies = {id.identity for id in settled if id.kind is Kind.POLICY}
    for hazard in report.as_it_stands:
        if hazard.rule == RECURSION and policies.isdisjoint(hazard.objects):
            yield (
                f"{hazard.message.rstrip('.')} (SQLSTATE 42P17). It does so now, and the plan "
                "leaves it: Access will not be in order afterwards."
            )
