"""Make a plan from a scan, rehearse it, and write both down with what led to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import psycopg

from reconcile_pipeline.catalog.degrade import check_unlocked
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.scan import Progress, Scan
from reconcile_pipeline.drift.to_json import to_json
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.model import Push
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.not_ours import not_ours
from reconcile_pipeline.flow.rehearsal.misfits import misfits
from reconcile_pipeline.flow.rehearsal.rehearse import kept_rehearsal, rehearse
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.sizes import sizes_of
from reconcile_pipeline.flow.stakes import measure_push
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.codec import to_plain
from reconcile_pipeline.plan.completion.complete import completed_by
from reconcile_pipeline.plan.impossible import not_completed, not_restored
from reconcile_pipeline.plan.learnt_locks import learnt as locks
from reconcile_pipeline.plan.make import make_plan
from reconcile_pipeline.plan.model import Lessons, Plan
from reconcile_pipeline.plan.reconciliation import NO_LESSONS, place
from reconcile_pipeline.plan.rehearsal import Rehearsal
from reconcile_pipeline.plan.restoring.restore import restored_by
from reconcile_pipeline.plan.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with its run's folder. `push`: what pushing would do as it is. `rehearsal`: how the
    plan went on a twin of production. `sizes`: of the tables that it locks.
    """

    run: Run
    scan: Scan
    push: Push | None
    rehearsal: Rehearsal
    sizes: Sizes

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.run.plan


def make_and_write_plan(
    target: ResolvedTarget,
    scan: Scan | None = None,
    progress: Progress = silent,
    restore: Sequence[str] = (),
) -> Planned:
    """Scan unless a scan is given, plan, rehearse, and write all of it into the plan's run folder.

    `restore`: objects to put back, beyond those of reconcile.toml. The same findings give the same
    plan, the same hash and the same folder; then nothing is written, and what was rehearsed with
    success is not rehearsed again. Raises PlanError where there is nothing to plan from.
    """
    scan = scan or scan_target(target, progress)
    try:
        check_unlocked(scan.production.snapshot)  # the plan would not fit production without it
    except psycopg.Error as error:
        raise unread(error) from None
    progress("making the plan")
    plan, rehearsal = _rehearsed(target, scan, restore, progress)
    push = measure_push(target, scan)

    def write(bundle: Bundle) -> None:
        bundle.add(stages.SNAPSHOT, scan.production.snapshot)
        bundle.add(stages.HISTORY, scan.production.history)
        bundle.add(stages.INVENTORY, scan.inventory)
        bundle.add(stages.DRIFT, to_json(scan.report))
        bundle.add_tables(scan.report)
        bundle.add(stages.REPORT, scan.report)
        bundle.add(stages.PUSH, push)
        bundle.add(stages.PLAN, to_plain(plan))

    run = runs.begin(target, plan, write)
    if rehearsal != kept_rehearsal(run):
        run.bundle(target).add(stages.REHEARSAL, rehearsal)
    return Planned(run, scan, push, rehearsal, sizes_of(target, plan))


def _rehearsed(
    target: ResolvedTarget, scan: Scan, restore: Sequence[str], progress: Progress
) -> tuple[Plan, Rehearsal]:
    """The plan, and how it went on a twin.

    What a half-applied migration lacks may build upon what is not there either, or come out other
    than in an empty database (`SELECT *` of a table whose columns have another order). Only running
    it tells; and production's rows tell whether a constraint can be added. Then the migration, or
    the object to restore, is left, with the reason, and the rest is planned and rehearsed again;
    so it is where the reconciliation migration does not lead to production yet, or makes what the
    directory to be has already (a table that came from production, before a file made it).
    """
    lessons = Lessons()
    completes = completed_by(scan.report)
    restores = restored_by(scan, target.settings, restore)
    while True:
        plan = plan_for(target, scan, restore, lessons)
        run = runs.there(target, plan)
        rehearsal = kept_rehearsal(run) if run else None
        more: dict[str, str] = {}
        if rehearsal is None or not (rehearsal.held or (run and run.finished)):
            progress("asking production's rows whether they fit")
            unfit = misfits(target.dsn, plan, restores) | not_ours(target, plan, restores)
            more = {name: why for name, why in unfit.items() if name not in lessons.left}
            if not more:
                rehearsal = rehearse(target, scan, plan, progress)
        if rehearsal is not None:
            more |= not_completed(plan, rehearsal, completes, scan.report.migrations)
            more |= not_restored(plan, rehearsal, restores)
            more |= rehearsal.given_again
        learnt = Lessons(
            {**more, **lessons.left},
            lessons.unshown,
            needless=lessons.needless,
            locked=lessons.locked,
        )
        if rehearsal is not None and learnt.left == lessons.left:
            learnt = Lessons(
                lessons.left,
                (*lessons.unshown, *_places(scan.report, rehearsal.unshown)),
                lessons.amended or rehearsal.amends,  # once: what is left then will not mend
                tuple(dict.fromkeys((*lessons.needless, *rehearsal.needless))),
                tuple(dict.fromkeys((*lessons.locked, *locks(rehearsal)))),
            )
            if learnt == lessons:
                return plan, rehearsal
        lessons = learnt


def _places(report: DriftReport, statements: Collection[str]) -> tuple[str, ...]:
    """Where the files have these statements, as `Lessons.unshown` says it."""
    return tuple(
        place(m.version or m.name, s.line)
        for m in report.migrations
        for s in (m.report.statements if m.report else ())
        if s.sql.strip() in statements
    )


def plan_for(
    target: ResolvedTarget,
    scan: Scan,
    restore: Sequence[str] = (),
    lessons: Lessons = NO_LESSONS,
) -> Plan:
    """The plan alone; `lessons` are those of earlier rehearsals.

    Raises PlanError where nothing is called as what is to be restored, and where no plan can be
    made from this directory at all.
    """
    return make_plan(target.name, target.settings, scan, restore, lessons)
