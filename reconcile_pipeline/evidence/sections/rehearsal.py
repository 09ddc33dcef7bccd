"""Rehearsal: what running the plan on a twin of production showed, before anyone agreed."""

from __future__ import annotations

from reconcile_pipeline.evidence.document import (
    Block,
    Bullets,
    Callout,
    Inline,
    Paragraph,
    Section,
    Table,
)
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.plan.rehearsal import Rehearsal, RehearsedStep, summary

_ANSWER = {True: "yes", False: "no", None: "not asked"}


def section(facts: ReportFacts) -> Section:
    """The summary, each question with its answer, and what each step took."""
    rehearsal = facts.rehearsal
    blocks: tuple[Block, ...] = (Paragraph(("No rehearsal is part of this run's evidence.",)),)
    if rehearsal is not None:
        blocks = tuple(_blocks(rehearsal))
    return Section("Rehearsal", "rehearsal", blocks)


def _blocks(rehearsal: Rehearsal) -> list[Block]:
    tone = "good" if rehearsal.held else "danger"
    blocks: list[Block] = [Callout(tone, (summary(rehearsal),)), _questions(rehearsal)]
    if rehearsal.steps:
        blocks.append(_steps(rehearsal.steps))
    notes: list[Inline] = [(f"The twin was not as production is: {each}",)
                           for each in rehearsal.unlike]  # fmt: skip
    notes += [(f"{table} held fewer rows: {why}",) for table, why in rehearsal.unfilled.items()]
    notes += [(note,) for note in rehearsal.notes]
    if notes:
        blocks.append(Bullets(tuple(notes)))
    return blocks


def _questions(rehearsal: Rehearsal) -> Table:
    return Table(
        "What was asked of the twin",
        ("Question", "Answer", "Why not"),
        tuple(
            ((each.question.value,), (_ANSWER[each.held],), ("; ".join(each.problems),))
            for each in rehearsal.answers
        ),
    )


def _steps(steps: tuple[RehearsedStep, ...]) -> Table:
    return Table(
        "Steps on the twin",
        ("Step", "Outcome", "Locks taken", "ms"),
        tuple(
            (
                (step.step,),
                (f"{step.outcome.replace('_', ' ')}{f': {step.error}' if step.error else ''}",),
                (_locks(step),),
                (f"{step.milliseconds:,}",),
            )
            for step in steps
        ),
        right=(3,),
    )


def _locks(step: RehearsedStep) -> str:
    unforeseen = step.unforeseen or {}
    return ", ".join(
        f"{mode} on {name}{' (not foreseen)' if name in unforeseen else ''}"
        for name, mode in (step.locks or {}).items()
    )
