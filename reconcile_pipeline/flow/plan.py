"""Make a plan from a scan, and write it down with what led to it."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile_pipeline.drift.scan import Progress, Scan
from reconcile_pipeline.drift.to_json import to_json
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.model import Push
from reconcile_pipeline.flow import run as runs
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.scan import scan_target, silent
from reconcile_pipeline.flow.stakes import measure_push
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.codec import to_plain
from reconcile_pipeline.plan.make import make_plan
from reconcile_pipeline.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with its run's folder. `push`: what pushing would do as it is."""

    run: Run
    scan: Scan
    push: Push | None

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.run.plan


def make_and_write_plan(
    target: ResolvedTarget, scan: Scan | None = None, progress: Progress = silent
) -> Planned:
    """Scan unless a scan is given, plan, and write both into the plan's run folder.

    The same findings give the same plan, the same hash and the same folder; then nothing is
    written. Raises PlanError where there is nothing to plan from.
    """
    scan = scan or scan_target(target, progress)
    progress("making the plan")
    plan = plan_for(target, scan)
    push = measure_push(target, scan)

    def write(bundle: Bundle) -> None:
        bundle.add(stages.SNAPSHOT, scan.production.snapshot)
        bundle.add(stages.HISTORY, scan.production.history)
        bundle.add(stages.INVENTORY, scan.inventory)
        bundle.add(stages.DRIFT, to_json(scan.report))
        bundle.add(stages.REPORT, scan.report)
        bundle.add(stages.PUSH, push)
        bundle.add(stages.PLAN, to_plain(plan))

    return Planned(runs.begin(target, plan, write), scan, push)


def plan_for(target: ResolvedTarget, scan: Scan) -> Plan:
    """The plan alone. Raises PlanError where a file to be recorded does not parse."""
    recorded = scan.production.history.versions()
    broken = [
        f"{file.path}, {problem}"
        for file in scan.inventory.files
        if file.version not in recorded
        for problem in scan.inventory.problems.get(file.path, ())
        if problem.startswith("line ")
    ]
    if broken:
        raise PlanError(
            f"A migration does not parse: {'; '.join(broken)}.",
            hint="Mend the file. `reconcile drift` judges the others meanwhile.",
        )
    return make_plan(target.name, target.settings, scan)
