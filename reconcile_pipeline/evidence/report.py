"""The reconciliation report: what the facts say, as a document, and as Markdown."""

from __future__ import annotations

from reconcile_pipeline.evidence import as_markdown
from reconcile_pipeline.evidence.document import Document
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.sections import (
    actions,
    appendix,
    drift,
    findings,
    left,
    overview,
    proof,
    rehearsal,
    state,
)

NAME = "RECONCILIATION.md"


def document(facts: ReportFacts) -> Document:
    """The whole report. The same facts give the same document: no clock, no machine."""
    facts_line = (
        ("Database", facts.plan.database),
        ("Server", facts.server_version),
        ("History", facts.before.history_tool),
        ("Started", facts.started_at),
        ("Finished", facts.finished_at),
    )
    return Document(
        f"Reconciliation of {facts.plan.target}",
        tuple((name, value) for name, value in facts_line if value),
        (
            overview.section(facts),
            findings.section(facts),
            drift.section(facts),
            rehearsal.section(facts),
            actions.section(facts),
            state.section(facts),
            state.directory(facts),
            proof.section(facts),
            left.section(facts),
            appendix.section(facts),
        ),
    )


def to_markdown(facts: ReportFacts) -> str:
    """`RECONCILIATION.md`."""
    return as_markdown.render(document(facts))
