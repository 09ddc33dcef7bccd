"""Apply an approved plan: whole, or part by part as Dagster's assets do.

Each part passes the gate by itself, and a part that is done already is passed over. What a part did
is written into the run's evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from reconcile_pipeline.apply.approval import read_approval
from reconcile_pipeline.apply.context import kept
from reconcile_pipeline.apply.facts import Facts
from reconcile_pipeline.apply.gate import NEW_PLAN, open_gate
from reconcile_pipeline.apply.journal import finished, read_journal
from reconcile_pipeline.apply.progress import Progress as Events
from reconcile_pipeline.apply.progress import silent as no_events
from reconcile_pipeline.apply.request import PartResult, Request
from reconcile_pipeline.apply.run import ARCHIVE, DATABASE, HISTORY, apply_part
from reconcile_pipeline.drift.scan import Progress
from reconcile_pipeline.errors import NOTHING, PlanError, ReconcileError
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.fingerprints import Fingerprints
from reconcile_pipeline.flow.finish import Applied, finish
from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.plan import plan_for
from reconcile_pipeline.flow.prove import prove
from reconcile_pipeline.flow.run import DIGITS, Run
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.signing import signer_of
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.detect import by_name
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.plan.codec import plan_hash
from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline.plan.undo import undoes


def apply_plan(
    target: ResolvedTarget, run: Run, progress: Progress = silent, events: Events = no_events
) -> Applied:
    """Every part in order, then the verification and the report. Raises the parts' errors."""
    apply_database(target, run, progress, events)
    record_history(target, run, progress, events)
    archive_files(target, run, events)
    return finish_run(target, run, progress, events)


def apply_database(
    target: ResolvedTarget, run: Run, progress: Progress = silent, events: Events = no_events
) -> PartResult:
    """What production lacks: missing statements, then the backfills.

    Before the plan's first change everything is computed again: a scan that would give another
    plan by now is refused. Raises ApprovalError, PlanError, ApplyError.
    """
    request = request_for(target, run, events)
    signer_of(target)  # a key that cannot be used is told before anything is done
    if not begun(run):
        progress("computing the plan again")
        open_gate(run.plan, request.approval, _facts(target))  # the same gate, before the long way
        now = plan_for(target, scan_target(target), run.plan.restore, run.plan.lessons)
        if plan_hash(now) != run.plan_hash:
            raise PlanError(
                "The plan would be another one now: production, the directory or reconcile.toml "
                "has changed since.",
                hint=NEW_PLAN,
            )
    progress("applying")
    return _part(target, run, request, DATABASE, stages.BACKFILL)


def record_history(
    target: ResolvedTarget, run: Run, progress: Progress = silent, events: Events = no_events
) -> PartResult:
    """Write the history, once each version that it will name is proved live. Raises ApplyError."""
    request = request_for(target, run, events)
    with _kept(run):
        prove(target, run, progress)
    return _part(target, run, request, HISTORY, stages.HISTORY_DONE)


def archive_files(target: ResolvedTarget, run: Run, events: Events = no_events) -> PartResult:
    """Bring the directory in step with the history. Raises DirectoryError, ApplyError."""
    return _part(target, run, request_for(target, run, events), ARCHIVE, stages.ARCHIVE)


def finish_run(
    target: ResolvedTarget, run: Run, progress: Progress = silent, events: Events = no_events
) -> Applied:
    """Verify from outside and write the report, once every step is done. See `finish`."""
    with _kept(run):
        return finish(target, request_for(target, run, events), run, progress)


@contextmanager
def _kept(run: Run) -> Iterator[None]:
    """Have an error say which steps are done, where it knows of none."""
    try:
        yield
    except ReconcileError as error:
        if error.changed == NOTHING and (steps := finished(read_journal(run.folder))):
            error.changed = kept(steps)
        raise


def request_for(target: ResolvedTarget, run: Run, events: Events = no_events) -> Request:
    """What the parts are asked to do. Raises ApprovalError where nobody has approved."""
    if undone := undoes(run.plan):
        raise PlanError(
            f"That plan takes the run {undone[:DIGITS]} back.",
            hint=f"reconcile undo {undone[:DIGITS]}",
        )
    profiles = target.settings.user_profiles
    state = decode(HistoryState, load(run.stage(stages.HISTORY)))
    fingerprints = Fingerprints(target.settings.history, target.ignored)
    return Request(
        plan=run.plan,
        approval=read_approval(run.approval),
        target=target.name,
        dsn=target.apply_dsn,
        root=target.directory.parent,
        run_folder=run.folder,
        fingerprint=fingerprints.now,
        without_index=fingerprints.without_index,
        inventory=lambda: take_inventory(target.directory, target.layout),
        history=by_name(state.tool),
        admins=profiles.admins if profiles else (),
        progress=events,
    )


def _facts(target: ResolvedTarget) -> Facts:
    found = identify(target)
    inventory = take_inventory(target.directory, target.layout)
    return Facts(
        target.name, found.database, found.system_identifier, found.fingerprint, inventory.sha256
    )


def begun(run: Run) -> bool:
    """True once a step of this plan was started: from then on its own journal says what is so."""
    return any(record.step for record in read_journal(run.folder))


def _part(
    target: ResolvedTarget, run: Run, request: Request, kinds: Collection[StepKind], stage: str
) -> PartResult:
    ended = run.finished  # its evidence is complete, and may be signed: nothing is added
    try:
        result = apply_part(request, kinds)
    except ReconcileError as error:
        if not ended:
            run.bundle(target).add(stages.FAILURE, {"part": stage, "error": str(error)})
        raise
    if not ended:
        run.bundle(target).add(stage, result)
    return result
