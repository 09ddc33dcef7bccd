"""What is left to do, for a person."""

from __future__ import annotations

from reconcile_pipeline.drift.render import next_steps
from reconcile_pipeline.evidence.concerns import concerns
from reconcile_pipeline.evidence.document import Bullets, Inline, Paragraph, Section
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.promises import promises


def section(facts: ReportFacts) -> Section:
    """Promises not kept, findings that no step answered, warnings, and what the run names."""
    items: list[Inline] = [
        (f"{promise.name} is not proved: {reason}",)
        for promise in promises(facts)
        for reason in promise.reasons[:1]
    ]
    items += [(concern,) for concern in concerns(facts)]
    items += [(f"{finding}: {why}",) for finding, why in sorted(facts.plan.declined.items())]
    items += [(step,) for step in next_steps(facts.after)]
    items += [(warning,) for warning in facts.plan.warnings]
    items += [(line,) for line in facts.left]
    block = Bullets(tuple(items)) if items else Paragraph(("Nothing.",))
    return Section("What is left to do", "left", (block,))
