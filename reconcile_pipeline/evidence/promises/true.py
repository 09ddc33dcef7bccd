"""True: every version that was recorded as applied is live, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.attribution.model import Verdict
from reconcile_pipeline.drift.tables import is_live
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.model import Recorded, ReportFacts
from reconcile_pipeline.evidence.promises.promise import Promise, judged


def true(facts: ReportFacts) -> Promise:
    """Fails for a version without proof, a statement that is not live, and an untrue history.

    A statement whose object was changed by hand since counts as live where the reconciliation
    migration carries that change. One that leaves nothing to check counts as neither.
    """
    by_version = {recorded.version: recorded for recorded in facts.recorded}
    adopted = frozenset(facts.adopted)
    reasons, proof = [], []
    live = open_ = statements = 0
    for version in facts.plan.record:
        if (recorded := by_version.get(version)) is None:
            reasons.append(f"{version} was to be recorded, and nothing proves it.")
            continue
        proved = sum(1 for s in recorded.statements if is_live(s, adopted))
        live += proved
        open_ += sum(1 for s in recorded.statements if s.verdict is Verdict.UNVERIFIABLE)
        statements += len(recorded.statements)
        reasons += (f"{why}." for why in lacking_proof(recorded, adopted, recorded.version))
        of = count(len(recorded.statements), "statement")
        proof.append(f"{recorded.version}_{recorded.name}: {proved} of {of} proved live.")
    reasons += _history(facts)
    figure = f"{count(len(facts.plan.record), 'version')} recorded"
    if statements:
        figure += f"; {live} of {count(statements, 'statement')} proved live"
    if open_:
        figure += f", {open_} {'leaves' if open_ == 1 else 'leave'} nothing that could be checked"
    return judged("True", figure, proof, reasons)


def lacking_proof(recorded: Recorded, adopted: frozenset[str], label: str) -> Iterator[str]:
    """What keeps a version from being proved live, each beginning with `label`, its name."""
    for s in recorded.statements:
        if s.verdict is not Verdict.UNVERIFIABLE and not is_live(s, adopted):
            yield f"{label}, line {s.line}: {s.tag} is {s.verdict.value} in production"
    if not any(is_live(s, adopted) for s in recorded.statements):
        yield f"{label}: not one of its statements is proved live"


def _history(facts: ReportFacts) -> Iterator[str]:
    meant = (set(facts.history_before) | set(facts.plan.record)) - set(facts.plan.forget)
    there = set(facts.history_after)
    for version in sorted(meant - there):
        yield f"The history does not name {version}."
    for version in sorted(there - meant):
        yield f"The history names {version}, which it should not."
