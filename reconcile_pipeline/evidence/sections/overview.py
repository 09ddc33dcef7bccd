"""Overview: what was wrong, what was done, and whether the promises held."""

from __future__ import annotations

import re
import sys

from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.render import headline
from reconcile_pipeline.drift.tables import local_name
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.concerns import concerns
from reconcile_pipeline.evidence.document import (
    Bullets,
    Callout,
    Code,
    Inline,
    Paragraph,
    Promises,
    Section,
    Strong,
    Table,
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
            *((_before_and_after(facts),) if facts.before.migrations else ()),
        ),
    )


def _before_and_after(facts: ReportFacts) -> Table:
    """Each migration by what the history and the verdict said of it, then and now."""
    was = {_name(m): m for m in facts.before.migrations}
    now = {_name(m): m for m in facts.after.migrations}
    moved = {file.path.rpartition("/")[2]: _MOVED[file.action]
             for file in facts.plan.files if file.action in _MOVED}  # fmt: skip
    rows = []
    for name in sorted({*was, *now}, key=_number):
        before, after = was.get(name), now.get(name)
        gone = moved.get((before.file or "").rpartition("/")[2], "") if before else ""
        rows.append(
            (
                (Code(name),),
                (_state(before) or "not there",),
                (_state(after) or gone or "not there",),
                (_history(before or after, facts),),
            )
        )
    columns = ("Migration", "Before", "After", "In the history")
    return Table("Before and after", columns, tuple(rows))


_MOVED = {"archive": "archived", "quarantine": "quarantined"}


def _name(migration: MigrationFinding) -> str:
    return local_name(migration) or migration.version or ""


def _number(name: str) -> tuple[int, str]:
    digits = re.match(r"\D{0,2}(\d+)", name)
    return (int(digits[1]) if digits else sys.maxsize, name)


def _state(migration: MigrationFinding | None) -> str:
    return migration.finding.value.replace("_", " ") if migration else ""


def _history(migration: MigrationFinding | None, facts: ReportFacts) -> str:
    version = migration.version if migration else None
    was, now = (
        "yes" if version in history else "no"
        for history in (facts.history_before, facts.history_after)
    )
    return was if was == now else f"{was}, then {now}"


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
