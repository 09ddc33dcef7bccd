"""Actions taken: every step with the SQL that ran, in order."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.evidence.document import (
    Block,
    Code,
    Inline,
    Paragraph,
    Section,
    Sql,
    Table,
)
from reconcile_pipeline.evidence.model import Outcome, ReportFacts, StepRun
from reconcile_pipeline.plan.model import FileAction, Step

_WORDS = {
    Outcome.DONE: "done",
    Outcome.ALREADY: "held already, not run",
    Outcome.FAILED: "failed",
    Outcome.SKIPPED: "not reached",
}


def section(facts: ReportFacts) -> Section:
    """The steps as a table, then each step's SQL, then what changed in the directory."""
    runs = {run.step: run for run in facts.steps}
    blocks: list[Block] = [Paragraph(_approval(facts))]
    if facts.plan.steps:
        blocks.append(_steps(facts.plan.steps, runs))
    for number, step in enumerate(facts.plan.steps, 1):
        blocks += _sql(number, step, runs.get(step.id))
    if facts.plan.files:
        blocks.append(_files(facts.plan.files))
    return Section("Actions taken", "actions-taken", tuple(blocks))


def _approval(facts: ReportFacts) -> Inline:
    plan: Inline = ("The plan ", Code(facts.plan_hash))
    if not facts.approved_by:
        return (*plan, " was run." if facts.steps else " was not run.")
    when = f" at {facts.approved_at}" if facts.approved_at else ""
    return (*plan, f" was approved by {facts.approved_by}{when}.")


def _steps(steps: tuple[Step, ...], runs: dict[str, StepRun]) -> Table:
    rows = []
    for number, step in enumerate(steps, 1):
        run = runs.get(step.id)
        rows.append(
            (
                (str(number),),
                (step.purpose,),
                (", ".join(step.answers),),
                ("; ".join(f"{h.severity.value}: {h.message.rstrip('.')}" for h in step.hazards),),
                (_outcome(run),),
                (f"{run.milliseconds:,.0f}" if run and run.outcome is Outcome.DONE else "",),
            )
        )
    columns = ("Step", "Purpose", "Answers", "Hazards", "Outcome", "ms")
    return Table("Steps of the plan", columns, tuple(rows), right=(5,))


def _outcome(run: StepRun | None) -> str:
    if run is None:
        return "no record of it"
    text = _WORDS[run.outcome]
    if run.tries > 1:
        text += f" after {count(run.tries, 'try', 'tries')}"
    return f"{text}: {run.detail}" if run.detail else text


def _sql(number: int, step: Step, run: StepRun | None) -> Iterator[Sql]:
    if step.statements and run and run.outcome in (Outcome.DONE, Outcome.FAILED):
        text = "\n".join(statement.rstrip().rstrip(";") + ";" for statement in step.statements)
        what = "ran" if run.outcome is Outcome.DONE else "failed"
        yield Sql(f"SQL of step {number}, which {what}", text)


def _files(files: tuple[FileAction, ...]) -> Table:
    return Table(
        "Changes to the directory",
        ("File", "Action", "To", "Why"),
        tuple(
            ((Code(f.path),), (f.action,), (Code(f.to),) if f.to else (), (f.reason,))
            for f in files
        ),
    )
