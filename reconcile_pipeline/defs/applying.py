"""What the assets that write have in common: what may start them, and what they show.

They have no automation, no schedule and no retry policy, and must never get one.
"""

import dagster as dg

from reconcile_pipeline.apply.approval import read_approval
from reconcile_pipeline.apply.context import StepResult
from reconcile_pipeline.apply.request import PartResult
from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.checks import Check
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence import chain
from reconcile_pipeline.flow.run import Run

GROUP = "reconcile"

BOUNDED = Check("nobody_waited_too_long", "Did nobody wait for us longer than the plan allows?")

HOW = (
    ' Its run configuration names the plan; there is no default, so "Materialize all" cannot start '
    "it. It refuses unless a person has approved exactly that plan, for production and directory "
    "as they are. See `reconciliation_plan` for the hash."
)


def metadata(run: Run, part: PartResult, stage: str) -> show.Metadata:
    """What a part did: its steps, its rows, who waited, who approved, and where the evidence is."""
    approval = read_approval(run.approval)
    done = sum(1 for step in part.steps if step.outcome.value == "done")
    words = f"{done} of {count(len(part.steps), 'step')} done"
    if already := len(part.steps) - done:
        words += f", {already} held already"
    return {
        "summary": show.text(f"{words}."),
        "steps": show.table(
            ("Step", "Outcome", "ms", "Tries", "Detail"),
            [(s.step, s.outcome.value, s.milliseconds, s.tries, s.detail) for s in part.steps],
        ),
        "rows": show.table(
            ("Table", "Inserted", "Updated", "Deleted"),
            [(table, *rows) for step in part.steps for table, rows in step.rows.items()],
        ),
        "longest wait for us (ms)": dg.MetadataValue.int(part.waiting.longest_ms),
        "approved": show.text(f"by {approval.person} at {approval.time}"),
        "plan hash": show.text(run.plan_hash),
        **newest(run, stage),
    }


def newest(run: Run, stage: str) -> show.Metadata:
    """The newest evidence of a stage in the run's bundle."""
    entries = [entry for entry in chain.read(run.evidence).entries if entry.stage == stage]
    return show.evidence(run.evidence, entries[-1]) if entries else {}


def bounded(run: Run, part: PartResult) -> dg.AssetCheckResult:
    """The check that nobody waited longer than the longest lock timeout of the plan."""
    bound = max((step.lock_timeout_ms for step in run.plan.steps), default=0)
    waiting = part.waiting
    reasons = [f"A session waited {waiting.longest_ms:,} ms for us."]
    unwatched = [f"Not watched: {waiting.reason}."] if waiting.reason else []
    return BOUNDED.result(
        (reasons if waiting.longest_ms > bound else []) + unwatched,
        f"Asked {count(waiting.samples, 'time')}: {count(waiting.waiters, 'session')} waited, "
        f"{waiting.longest_ms:,} ms at most; the bound is {bound:,} ms.",
    )


def of_kind(part: PartResult, kind: str) -> list[StepResult]:
    """The part's steps of one kind."""
    return [step for step in part.steps if step.kind == kind]
