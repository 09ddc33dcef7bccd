"""Undo a run: a plan that leads back, shown and approved like any other, then carried out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from reconcile_pipeline.apply.approval import read_approval
from reconcile_pipeline.apply.facts import Facts
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.progress import Progress as Events
from reconcile_pipeline.apply.progress import silent as no_events
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.undo.deeds import left_behind
from reconcile_pipeline.apply.undo.plan import DATABASE, make_undo
from reconcile_pipeline.apply.undo.take_back import Check, Undone, UndoResult, undo_plan
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.model import Change, Kind, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.catalog.write import write_changes
from reconcile_pipeline.drift.production import Production, read_production
from reconcile_pipeline.errors import PlanError, ReconcileError
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load, plain
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.fingerprints import Fingerprints
from reconcile_pipeline.flow.later import check_later, leads_back, sides
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.plan.codec import to_plain
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.plan.undo import undoes
from reconcile_pipeline.redact import MASK

FOLDER = "undone"  # beside the run folders: runs that were taken back


@dataclass(frozen=True, slots=True)
class Waiting:
    """An undo of `run` that has its plan. `approved`: somebody has approved that plan."""

    run: Run
    undo: Run

    @property
    def approved(self) -> bool:
        """True once there is an approval, whose content apply's gate judges."""
        return self.undo.approval.exists()


def prepare_undo(target: ResolvedTarget, run: Run) -> Waiting:
    """The undo's plan: one that was begun or still fits, else made anew and written down.

    Production and directory are only read. Raises PlanError that says why it cannot be undone.
    """
    if undoes(run.plan):
        raise PlanError("That run is itself an undo.", hint="Make a new plan: reconcile plan")
    production = read_production(target.dsn, target.settings.history, ignored=target.ignored)
    for known in _undos(target, run):
        if _begun(known, production.fingerprint):
            return Waiting(run, known)
    plan = _plan(target, run, production)

    def write(bundle: Bundle) -> None:
        bundle.add(stages.SNAPSHOT, production.snapshot)
        bundle.add(stages.HISTORY, production.history)
        bundle.add(stages.INVENTORY, take_inventory(target.directory, target.layout))
        bundle.add(stages.PLAN, to_plain(plan))

    return Waiting(run, runs.begin(target, plan, write))


def carry_out(target: ResolvedTarget, waiting: Waiting, events: Events = no_events) -> UndoResult:
    """Do it, write it into the evidence, and put the run's folder aside.

    Afterwards the same plan can be made, approved and applied again. Raises the gate's errors.
    """
    run, undo = waiting.run, waiting.undo
    approval = read_approval(undo.approval)
    check: Check | None = None
    if not all((step.details or {}).get("leads_to") for step in undo.plan.steps):
        check = _check_again(target, run, undo)
    request = Request(
        plan=undo.plan,
        approval=approval,
        target=target.name,
        dsn=target.apply_dsn,
        root=target.directory.parent,
        run_folder=undo.folder,
        fingerprint=Fingerprints(target.settings.history, target.ignored).now,
        inventory=lambda: take_inventory(target.directory, target.layout),
        progress=events,
    )
    try:
        result = undo_plan(request, Undone(run.plan, run.folder, check))
    except ReconcileError as error:
        undo.bundle(target).add(stages.FAILURE, {"part": stages.UNDO, "error": str(error)})
        raise
    bundle = undo.bundle(target)
    bundle.add(stages.UNDO, result)
    bundle.add_text(runs.UNDONE, _told(run, undo, result, approval.person))
    _put_aside(target, run)
    return result


def _plan(target: ResolvedTarget, run: Run, production: Production) -> Plan:
    """Looks at production once more, for rows; whatever changes meanwhile, apply's gate refuses."""
    now = production.fingerprint
    known, leads_to = sides(run, target.secrets), run.plan.fingerprint
    exact = now == left_behind(run.plan, run.folder)
    if not exact and now != run.plan.fingerprint:
        check_later(known, production.snapshot, production.history)
        leads_to = ""  # nowhere that was before: what others have changed since stays
    written = None
    if known.after is not None and _needs_writing(known.before, known.after):
        written = _write(known.before, known.after, production)
    inventory = take_inventory(target.directory, target.layout)
    facts = Facts(
        target.name, production.snapshot.database, production.system_identifier, now,
        inventory.sha256,
    )  # fmt: skip
    with connect_to_read(target.dsn) as connection:
        try:
            with looking(connection, "60s"):
                return make_undo(
                    run.plan, run.folder, target.directory.parent, connection, facts,
                    leads_to=leads_to, written=written,
                )  # fmt: skip
        except psycopg.Error as error:
            raise unread(error, target.dsn) from None


def _needs_writing(before: Snapshot, after: Snapshot) -> bool:
    """True where something was altered or dropped: what takes back a creation is no way back."""
    return any(d.change is not Change.CREATED for d in compare(before, after))


def _write(before: Snapshot, after: Snapshot, production: Production) -> tuple[str, ...] | None:
    """SQL that leads from what the run left to what was there, from the evidence's snapshots.

    None where that cannot be written, or would put a mask in the place of what it hides. A trigger
    on a platform's table, which has another owner, goes with its function.
    """
    changes = write_changes(after, before, role=production.source.owner)
    if changes.declined or any(MASK in sql for sql in changes.sql):
        return None
    foreign = [
        statement
        for statement in changes.statements
        if statement.id.kind is Kind.TRIGGER
        and statement.id.identity.partition(".")[0] in MANAGED_SCHEMAS
        and statement.sql.startswith("DROP")
    ]
    calls = [str(found.facets) for each in foreign if (found := after.get(each.id))]
    statements = []
    for each in changes.statements:
        name = each.id.identity.partition("(")[0]
        if each in foreign:
            continue
        goes_along = each.sql.startswith("DROP FUNCTION") and any(name in call for call in calls)
        statements.append(f"{each.sql} CASCADE" if goes_along else each.sql)
    return tuple(statements)


def _check_again(target: ResolvedTarget, run: Run, undo: Run) -> Check | None:
    """What others had changed when the undo's plan was made, from that plan's own evidence."""
    known = sides(run, target.secrets)
    if known.after is None:
        return None
    then = decode(Snapshot, load(undo.stage(stages.SNAPSHOT)))
    return leads_back(known, compare(known.after, then))


def _undos(target: ResolvedTarget, run: Run) -> tuple[Run, ...]:
    """Plans that take this run back and have not ended."""
    found = []
    for folder in runs.folders(target):
        known = runs.read(folder)
        if undoes(known.plan) == run.plan_hash and not known.finished:
            found.append(known)
    return tuple(found)


def _begun(undo: Run, now: str) -> bool:
    """True once it has led production back: what is left of it is the directory."""
    for record in read_journal(undo.folder):
        if record.step == DATABASE and record.event == "finished":
            return True
        if record.event == "committing" and record.facts.get("after") == now:
            return True
    return False


def _put_aside(target: ResolvedTarget, run: Run) -> None:
    """Out of the way of a plan of the same hash, evidence and all."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = target.evidence / FOLDER / f"{run.folder.name}-{stamp}"
    aside.parent.mkdir(exist_ok=True, mode=0o700)
    run.folder.rename(aside)


def _told(run: Run, undo: Run, result: UndoResult, person: str) -> str:
    steps = "\n".join(f"- {each.step}: {each.outcome.value}" for each in result.steps)
    back = "is the one from before the run" if result.restored else "also holds later changes"
    rows = json.dumps(plain(result.verification.rows), sort_keys=True)
    return (
        f"# Undone\n\nRun `{run.plan_hash}` was taken back by plan `{undo.plan_hash}`, "
        f"approved by {person}.\n\n{steps}\n\nProduction's fingerprint {back}.\n\n"
        f"Rows inserted, updated, deleted by the undo: `{rows}`.\n"
    )
