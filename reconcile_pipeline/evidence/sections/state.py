"""Current state and the directory after clean-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.document import Block, Code, Listing, Paragraph, Section
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.sections.drift import status_table
from reconcile_pipeline.plan.model import FileAction


def section(facts: ReportFacts) -> Section:
    """Local | Remote | Verdict | Finding, as it is now."""
    blocks: list[Block] = [
        status_table("Migrations after the run", facts.after),
        Paragraph(("Production's fingerprint is now ", Code(facts.after.fingerprint), ".")),
    ]
    if facts.after.unexplained:
        number = count(len(facts.after.unexplained), "object")
        blocks.append(Paragraph((f"Still unexplained by the directory: {number}.",)))
    return Section("Current state", "current-state", tuple(blocks))


def directory(facts: ReportFacts) -> Section:
    """The files as they lie there now."""
    done = Counter(file.action for file in facts.plan.files)
    text = listing(
        [f"{number} {_PAST.get(action, action)}" for action, number in sorted(done.items())]
    )
    marks = {path: mark for file in facts.plan.files for path, mark in _marks(file)}
    width = max((len(path) for path in facts.directory_after), default=0)
    lines = (
        f"{path:<{width}}  {marks[path]}" if path in marks else path
        for path in facts.directory_after
    )
    blocks: list[Block] = [Paragraph((f"Files: {text}.",) if text else ("No file was touched.",))]
    if facts.directory_after:
        blocks.append(Listing("Files", tuple(lines)))
    return Section("Directory after clean-up", "directory", tuple(blocks))


_PAST = {
    "archive": "archived",
    "quarantine": "quarantined",
    "marker": "replaced by a marker",
    "create": "new",
    "restore": "restored",
}


def _marks(file: FileAction) -> Iterator[tuple[str, str]]:
    """What to say beside a file's place after the run."""
    if file.to:
        yield file.to, _PAST[file.action]
    elif file.action in _PAST:
        yield file.path, "a marker" if file.action == "marker" else _PAST[file.action]
