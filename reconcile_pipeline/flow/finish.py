"""The end of a run: verify from outside, and write the report with its promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from reconcile_pipeline.apply import run as parts
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.drift.scan import Progress
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.evidence import attestation
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.promises import Promise, promises
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.facts import gather_facts
from reconcile_pipeline.flow.replica import catch_up
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.signing import signer_of
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.verify import Verified, verify_target


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that was applied, and what the run's own evidence says of the four promises."""

    run: Run
    facts: ReportFacts
    promises: tuple[Promise, ...]
    verified: Verified

    @property
    def ok(self) -> bool:
        """True where every promise held and everything is in step."""
        return all(promise.held for promise in self.promises) and self.verified.ok


def finish(target: ResolvedTarget, request: Request, run: Run, progress: Progress) -> Applied:
    """Look at production from outside; write `RECONCILIATION.md` and `report.html`.

    A run that has ended already is looked at again, and its report stays as it is. Raises the
    errors of a scan, EvidenceError, and ApplyError where a step of the plan is not done.
    """
    _everything_is_done(run)
    progress("verifying")
    verification = parts.verify(request)
    catch_up(target, progress)
    verified = verify_target(target, progress)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    facts = gather_facts(target, run, verification, verified, now)
    if run.finished:
        return Applied(run, facts, promises(facts), verified)
    bundle = run.bundle(target)
    bundle.add(stages.VERIFICATION, verification)
    bundle.add(stages.CHECKS, verified.checks)
    if verification.fingerprint_expected:  # else it also shows what somebody else has changed
        bundle.add(stages.SNAPSHOT_AFTER, verified.scan.production.snapshot)
        bundle.add(stages.HISTORY_AFTER, verified.scan.production.history)
    kept = publish(bundle, facts)
    if (signer := signer_of(target)) is not None:
        progress("signing the evidence")
        attestation.sign(run.evidence, signer)
    return Applied(run, facts, kept, verified)


def _everything_is_done(run: Run) -> None:
    """A report ends a run, so it is not written while steps wait. Raises ApplyError."""
    last = {
        record.step: record.event
        for record in read_journal(run.folder)
        if record.event in ("finished", "already", "undone")
    }
    for step in run.plan.steps:
        if last.get(step.id, "undone") == "undone":
            raise ApplyError(
                f"Step {step.id} is not done yet, so there is nothing to verify.",
                hint="Apply the whole plan first.",
            )
