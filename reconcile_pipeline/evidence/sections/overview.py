"""Overview: what was wrong, what was done, and whether the promises held."""

from __future__ import annotations

from reconcile_pipeline.drift.render import headline
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.concerns import concerns
from reconcile_pipeline.evidence.document import (
    Bullets,
    Callout,
    Inline,
    Paragraph,
    Promises,
    Section,
    Strong,
)
from reconcile_pipeline.evidence.model import Outcome, ReportFacts
from reconcile_pipeline.evidence.promises import promises


def section(facts: ReportFacts) -> Section:
    """The section for someone who reads no further."""
    kept = promises(facts)
    worries = tuple((concern,) for concern in concerns(facts))
    failed = [promise.name for promise in kept if not promise.held]
    verdict: Inline = (
        (f"Not proved: {listing(failed)}. See what is proved and how, below.",)
        if failed
        else ("All four promises held, by this run's own measurements.",)
    )
    return Section(
        "Overview",
        "overview",
        (
            Callout("danger" if failed else "good", verdict),
            *((Bullets(worries),) if worries else ()),
            Paragraph((Strong("Before. "), headline(facts.before))),
            Paragraph((Strong("After. "), headline(facts.after))),
            Paragraph((Strong("Done. "), _done(facts))),
            Promises(kept),
        ),
    )


def _done(facts: ReportFacts) -> str:
    ran = sum(1 for run in facts.steps if run.outcome is Outcome.DONE)
    already = sum(1 for run in facts.steps if run.outcome is Outcome.ALREADY)
    text = f"{ran} of {count(len(facts.plan.steps), 'step')} ran"
    if already:
        text += f", {already} held already"
    before, after = set(facts.history_before), set(facts.history_after)
    text += f"; {count(len(after - before), 'version')} recorded as applied"
    if gone := before - after:
        text += f", {len(gone)} taken out of the history"
    return text + "."
