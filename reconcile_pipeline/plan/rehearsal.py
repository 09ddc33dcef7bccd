"""What a rehearsal of a plan showed, as values. `flow/rehearsal/rehearse.py` holds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FAILED = "failed"  # the outcome of a step that did not run, or found something missing


class Question(StrEnum):
    """What a rehearsal asks. Each is answered yes, no, or not at all where an earlier no forbids.

    The value is the question for people.
    """

    PRECONDITIONS = "Did each step find what it builds upon?"
    STEPS = "Did each step run, within what it announced?"
    POSTCONDITIONS = "Did each step leave what it promised?"
    LOCKS = "Did each step take no lock but those that the plan names?"
    CATALOG = "Is the schema then what the directory makes?"
    SECOND_RUN = "Does a second run change nothing?"
    UNDO = "Does the way back lead to the start?"


@dataclass(frozen=True, slots=True)
class Answer:
    """`held` is None where it could not be asked. `problems` say why not, one a line."""

    question: Question
    held: bool | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """One step as it ran on the twin, or did not: `outcome` is done, already, failed or not_run.

    `locks`: relation -> strongest mode that its transaction held at its end. `unforeseen`: those of
    them that are stronger than the plan says, or not in it. `rows`: as counted by PostgreSQL.
    `reason`: the cause of `error` alone; `sqlstate`: its code where it is a statement's, and
    `statement` says whose, from 1.
    """

    step: str
    outcome: str
    milliseconds: int = 0
    locks: Mapping[str, str] | None = None
    unforeseen: Mapping[str, str] | None = None
    rows: Mapping[str, tuple[int, int, int]] | None = None
    error: str = ""
    reason: str = ""
    sqlstate: str = ""
    statement: int = 0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A plan, run on a twin of production's schema.

    `rows`: table -> made-up rows that it held. `unfilled`: table -> why it held fewer. `unlike`:
    objects in which the twin was not as production is. `notes`: what else there is to know.
    `differing`: objects that were then not as the directory makes them, e.g. `view public.v`.
    `failing`: statements that the plan writes into the directory and that do not run there -> why.
    `unshown`: those that run, and whose rows production does not show. `amends`: SQL that, at the
    directory's end, would make what differs as production has it. `needless`: what does not
    run in the directory and is not missed there: what it makes is there already, or the shadow
    refuses it today as well. `given_again`: migrations that stay in the directory, with rows that
    production lacks -> why.
    """

    plan_hash: str
    answers: tuple[Answer, ...]
    steps: tuple[RehearsedStep, ...]
    rows_per_table: int
    rows: Mapping[str, int]
    unfilled: Mapping[str, str]
    unlike: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    failing: Mapping[str, str] = field(default_factory=dict)
    unshown: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    given_again: Mapping[str, str] = field(default_factory=dict)
    server_version: str = ""
    milliseconds: int = 0

    @property
    def held(self) -> bool:
        """True where every question was answered with yes; only whether there is a way back may
        stay open, which the approver is told.
        """
        return bool(self.answers) and all(
            answer.held or (answer.held is None and answer.question is Question.UNDO)
            for answer in self.answers
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that speaks against applying the plan."""
        return tuple(problem for answer in self.answers for problem in answer.problems)


def summary(rehearsal: Rehearsal) -> str:
    """`Rehearsed on a twin with 45 made-up rows in 15 tables, in 3.1 s: it holds.`"""
    if not rehearsal.steps:
        return f"Not rehearsed: {'; '.join(rehearsal.problems) or 'there is no step to run'}."
    rows = sum(rehearsal.rows.values())
    where = f"a twin with {rows:,} made-up rows in {len(rehearsal.rows)} tables"
    seconds = f"{rehearsal.milliseconds / 1000:.1f} s"
    if rehearsal.held:
        return f"Rehearsed on {where}, in {seconds}: it holds."
    failed = sum(1 for answer in rehearsal.answers if answer.held is False)
    return f"Rehearsed on {where}, in {seconds}: {failed} of {len(rehearsal.answers)} did not hold."
