"""A plan for people: one sentence, rows for a table, and Markdown. Pure strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconcile_pipeline.drift import markdown
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.plan.model import Plan, Step, StepKind
from reconcile_pipeline.plan.rehearsal import Rehearsal
from reconcile_pipeline.plan.rehearsal import summary as rehearsal_summary
from reconcile_pipeline.plan.sizes import NO_SIZES, Sizes, large
from reconcile_pipeline.redact import redact


class StepRow(NamedTuple):
    """One step: its purpose, how many statements it has, how many hazards of which weight."""

    step: str
    purpose: str
    statements: int
    hazards: str


class FileRow(NamedTuple):
    """One change to the directory."""

    action: str
    path: str
    to: str
    why: str


def summary(plan: Plan) -> str:
    """`7 steps on production, 16 changes to the directory; records 008, 009 as applied.`"""
    on_production = [step for step in plan.steps if step.kind is not StepKind.FILES]
    parts = [count(len(on_production), "step") + " on production"]
    if plan.files:
        parts.append(count(len(plan.files), "change") + " to the directory")
    text = ", ".join(parts)
    if plan.record:
        text += f"; records {', '.join(plan.record)} as applied"
    if plan.forget:
        text += f"; takes {', '.join(plan.forget)} out of the history"
    return text + "."


def step_rows(plan: Plan) -> list[StepRow]:
    """One row a step, in order."""
    return [
        StepRow(
            step.id,
            redact(step.purpose),
            len(step.statements),
            _hazards(step),
        )
        for step in plan.steps
    ]


def file_rows(plan: Plan) -> list[FileRow]:
    """One row a change to the directory, in order."""
    return [FileRow(each.action, each.path, each.to, redact(each.reason)) for each in plan.files]


def to_markdown(plan: Plan, sizes: Sizes = NO_SIZES) -> str:
    """What will be done with its SQL, what will not and why, and what the approver must know.

    `sizes` are those of the tables that it locks, as far as they are known.
    """
    parts = [f"**{markdown.escape(summary(plan))}**"]
    if plan.warnings:
        parts += ["### Mind", _bullets(plan.warnings)]
    for number, step in enumerate(plan.steps, 1):
        parts += _step(number, step, sizes)
    if plan.declined:
        parts += ["### Not done", _bullets(not_done(plan.declined))]
    return "\n\n".join(parts) + "\n"


def not_done(declined: Mapping[str, str]) -> tuple[str, ...]:
    """`011, 012: it never ran: …`: each reason once, with all that it is the reason for."""
    by_reason: dict[str, list[str]] = {}
    for finding, why in declined.items():
        by_reason.setdefault(why, []).append(finding)
    return tuple(f"{', '.join(findings)}: {why}" for why, findings in by_reason.items())


def rehearsal_markdown(rehearsal: Rehearsal) -> str:
    """The summary, each question with its answer, and the locks that each step took."""
    words = {True: "yes", False: "**no**", None: "open"}
    lines = [f"**{rehearsal_summary(rehearsal)}**", ""]
    for answer in rehearsal.answers:
        lines.append(f"- {answer.question.value} {words[answer.held]}")
        lines += [f"    - {markdown.escape(redact(problem))}" for problem in answer.problems]
    lines += ["", "| step | outcome | locks taken |", "|---|---|---|"]
    for step in rehearsal.steps:
        taken = ", ".join(f"{name} {mode}" for name, mode in (step.locks or {}).items())
        locks = markdown.escape(taken) or "none"
        lines.append(f"| {markdown.escape(step.step)} | {step.outcome} | {locks} |")
    return "\n".join(lines) + "\n"


#: What the facts begin with that matter least.
DIM = ("in one transaction", "outside of", "a transaction a page", "done when")


def facts(step: Step, sizes: Sizes = NO_SIZES) -> Iterator[str]:
    """What a step locks, which rows it may write, how it runs, and when it counts as done."""
    if step.locks:
        yield "locks: " + ", ".join(
            f"{name} {mode}" + (f" ({size})" if (size := large(name, sizes)) else "")
            for name, mode in step.locks.items()
        )
    if step.rows:
        yield "rows: " + "; ".join(map(_announced, step.rows.items()))
    of_files = step.kind is StepKind.FILES or (step.kind is StepKind.UNDO and not step.statements)
    if not of_files:
        how = "in one transaction" if step.transactional else "outside of a transaction"
        if step.kind is StepKind.BACKFILL:
            how = "a transaction a page"
        yield (
            f"{how}; waits for a lock {step.lock_timeout_ms:,} ms at most, runs "
            f"{step.statement_timeout_ms / 1000:,.0f} s at most"
        )
    if step.postcondition:
        yield f"done when {step.postcondition.text}"


def _announced(item: tuple[str, tuple[int | None, int | None, int | None]]) -> str:
    name, limits = item
    words = [
        f"{verb} {'any number' if limit is None else f'at most {limit:,}'}"
        for verb, limit in zip(("inserts", "updates", "deletes"), limits, strict=True)
        if limit != 0
    ]
    return f"{name} {', '.join(words) or 'untouched'}"


def _step(number: int, step: Step, sizes: Sizes) -> Iterator[str]:
    yield f"### {number}. {markdown.escape(step.id)}"
    yield markdown.escape(redact(step.purpose))
    if step.hazards:
        yield _bullets(tuple(f"{h.severity.value}: {h.message}" for h in step.hazards))
    if told := tuple(facts(step, sizes)):
        yield _bullets(told)
    if step.statements:
        yield markdown.block(
            redact("\n".join(sql.rstrip().rstrip(";") + ";" for sql in step.statements)), "sql"
        )


def _hazards(step: Step) -> str:
    found = Counter(hazard.severity for hazard in step.hazards)
    return ", ".join(count(found[each], each.value) for each in Severity if found[each])


def _bullets(items: tuple[str, ...]) -> str:
    return "\n".join(f"- {markdown.escape(redact(item))}" for item in items)
