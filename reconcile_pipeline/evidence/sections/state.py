"""Current state and the directory after clean-up."""

from __future__ import annotations

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.document import Block, Code, Listing, Paragraph, Section
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.sections.drift import status_table


def section(facts: ReportFacts) -> Section:
    """Local | Remote | Verdict | Finding, as it is now."""
    blocks: list[Block] = [
        status_table("Migrations after the run", facts.after),
        Paragraph(("Production's fingerprint is now ", Code(facts.after.fingerprint), ".")),
    ]
    if facts.after.unexplained:
        number = count(len(facts.after.unexplained), "object")
        blocks.append(Paragraph((f"{number} in production stays unexplained by the directory.",)))
    return Section("Current state", "current-state", tuple(blocks))


def directory(facts: ReportFacts) -> Section:
    """The files as they lie there now."""
    before, after = set(facts.directory_before), set(facts.directory_after)
    gone, new = len(before - after), len(after - before)
    return Section(
        "Directory after clean-up",
        "directory",
        (
            Paragraph((f"{count(gone, 'file')} moved away, {count(new, 'file')} new.",)),
            Listing("Files", facts.directory_after),
        ),
    )
