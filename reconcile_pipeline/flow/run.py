"""A run's folder: the plan, its approval, the journal of its apply, and the evidence beside them.

<evidence>/<target>/<first 12 digits of the plan's hash>/
    plan.json  approval.json  journal.jsonl
    evidence/  what was proved, chained by hash; RECONCILIATION.md and report.html in the end
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reconcile_pipeline.errors import ApprovalError, EvidenceError, PlanError
from reconcile_pipeline.evidence import chain, files, report
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.codec import plan_from_json, plan_hash, plan_to_json
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.plan.undo import undoes

PLAN, APPROVAL, EVIDENCE = "plan.json", "approval.json", "evidence"
UNDONE = "UNDONE.md"  # in the evidence of an undo that has ended
DIGITS = 12
LEAST_DIGITS = 6  # of a hash that a person may type


@dataclass(frozen=True, slots=True)
class Run:
    """One plan's folder."""

    folder: Path
    plan: Plan
    plan_hash: str

    @property
    def approval(self) -> Path:
        """The file that a person's approval is in, once there is one."""
        return self.folder / APPROVAL

    @property
    def evidence(self) -> Path:
        """The bundle's folder."""
        return self.folder / EVIDENCE

    @property
    def report(self) -> Path:
        """RECONCILIATION.md, there once the run has ended."""
        return self.evidence / report.NAME

    @property
    def finished(self) -> bool:
        """True once the run has ended and its report is written."""
        return self.report.exists() or (self.evidence / UNDONE).exists()

    def stage(self, name: str) -> bytes:
        """The newest evidence of this stage, as JSON. Raises EvidenceError where there is none."""
        found = [entry.file for entry in chain.read(self.evidence).entries if entry.stage == name]
        if not found:
            raise EvidenceError(
                f"{self.evidence} holds nothing of the stage {name}.",
                hint="Make a new plan.",
                changed="",
            )
        return (self.evidence / found[-1]).read_bytes()

    def bundle(self, target: ResolvedTarget) -> Bundle:
        """Go on with its evidence. Raises EvidenceError where that was changed."""
        return Bundle.open(self.evidence, dsns=target.secrets)


def there(target: ResolvedTarget, plan: Plan) -> Run | None:
    """The run of this very plan, where it has been made before. Raises PlanError as `read` does."""
    folder = target.evidence / plan_hash(plan)[:DIGITS]
    return read(folder) if (folder / PLAN).exists() else None


def begin(target: ResolvedTarget, plan: Plan, write: Callable[[Bundle], None]) -> Run:
    """The folder of this plan: as it is where there is one, else made anew, whole or not at all.

    `write` puts what led to the plan into the new bundle. Raises EvidenceError.
    """
    if run := there(target, plan):
        return run
    run = Run(target.evidence / plan_hash(plan)[:DIGITS], plan, plan_hash(plan))
    building = target.evidence / f".{run.folder.name}.{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.parent.mkdir(parents=True, exist_ok=True)
        building.mkdir(mode=0o700)  # what production and its history held is nobody else's to read
        write(Bundle.create(building / EVIDENCE, dsns=target.secrets))
        files.write(building / PLAN, plan_to_json(plan).encode())
        if run.folder.exists() and not (run.folder / PLAN).exists():
            shutil.rmtree(run.folder)  # without a plan: nothing that anybody wrote
        building.rename(run.folder)
    except OSError as error:
        if not (run.folder / PLAN).exists():  # else another process has just made the same plan
            raise files.unwritable(target.evidence, error) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return run


def read(folder: Path) -> Run:
    """The run in this folder. Raises PlanError where its plan was changed."""
    try:
        plan = plan_from_json((folder / PLAN).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise PlanError(f"The plan in {folder} cannot be read.", hint="Make a new plan.") from None
    found = plan_hash(plan)
    if not found.startswith(folder.name):
        raise PlanError(
            f"The plan in {folder} is not the one that was made: it hashes to {found[:DIGITS]}.",
            hint="Make a new plan, and have it approved.",
        )
    return Run(folder, plan, found)


def find(target: ResolvedTarget, digits: str) -> Run:
    """The run of this plan hash, or of its first digits. Raises ApprovalError, PlanError."""
    wanted = digits.strip().lower()
    if len(wanted) < LEAST_DIGITS or not set(wanted) <= set("0123456789abcdef"):
        raise ApprovalError(
            f"{digits[:80]!r} is not the hash of a plan.",
            hint=f"Give at least {LEAST_DIGITS} digits of the hash that `reconcile plan` prints.",
        )
    found = [folder for folder in folders(target) if folder.name.startswith(wanted[:DIGITS])]
    if not found:
        raise ApprovalError(
            f"There is no plan {wanted[:DIGITS]} for the target {target.name}.",
            hint="Make one with: reconcile plan",
        )
    if len(found) > 1:
        raise ApprovalError(
            f"{len(found)} plans begin with {wanted}.", hint="Give more digits of the hash."
        )
    run = read(found[0])
    if not run.plan_hash.startswith(wanted):
        raise ApprovalError(
            f"There is no plan {wanted[:20]} for the target {target.name}; "
            f"there is one that begins alike, {run.plan_hash[:20]}.",
            hint="Check the hash that `reconcile plan` prints.",
        )
    return run


def approved(target: ResolvedTarget) -> Run:
    """The one run that is approved and has not ended. Raises ApprovalError."""
    waiting = [
        folder
        for folder in folders(target)
        if (folder / APPROVAL).exists()
        and not (folder / EVIDENCE / report.NAME).exists()
        and not _undoes(folder)
    ]
    if not waiting:
        raise ApprovalError(
            f"No approved plan waits for the target {target.name}.",
            hint="Make one with `reconcile plan`, and have it approved with `reconcile approve`.",
        )
    if len(waiting) > 1:
        names = ", ".join(folder.name for folder in waiting)
        raise ApprovalError(
            f"{len(waiting)} approved plans wait: {names}.", hint="Name one: reconcile apply HASH"
        )
    return read(waiting[0])


def folders(target: ResolvedTarget) -> list[Path]:
    """The folders of all runs that have a plan, by name."""
    return sorted(path.parent for path in target.evidence.glob(f"*/{PLAN}"))


def _undoes(folder: Path) -> bool:
    """True for the plan of an undo, which `reconcile undo` carries out."""
    try:
        return bool(undoes(read(folder).plan))
    except PlanError:  # said by whoever reads it
        return False
