"""What every part of an apply works with, and the words for what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.facts import Fingerprint, WithoutIndex
from reconcile_pipeline.apply.journal import Journal
from reconcile_pipeline.apply.progress import Event, Progress, silent
from reconcile_pipeline.apply.rows.counters import Rows
from reconcile_pipeline.apply.rows.numbers import Flusher
from reconcile_pipeline.errors import NOTHING
from reconcile_pipeline.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to try for a lock that is not free: `tries` in all, pauses that double, seconds."""

    tries: int = 6
    first_pause_s: float = 0.25
    longest_pause_s: float = 5.0


class Outcome(StrEnum):
    """What became of a step."""

    DONE = "done"
    ALREADY = "already"  # it held before, or an earlier run of this plan did it


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went. `rows`: table -> inserted, updated, deleted in its own transactions.

    `replaced`: tables whose file it replaced; `dropped`: tables and columns it dropped.
    `facts`: what its kind measures besides, in JSON's types without floats.
    """

    step: str
    kind: str
    outcome: Outcome
    milliseconds: int
    tries: int = 1
    rows: Mapping[str, Rows] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def _nobody() -> int:
    """Where nobody watches."""
    return 0


@dataclass(slots=True)
class Context:
    """One apply of one plan on one connection, which holds the target's lock."""

    connection: Connection[Any]
    plan: Plan
    journal: Journal
    fingerprint: Fingerprint
    progress: Progress = silent
    limits: Limits = field(default_factory=Limits)
    finished: list[str] = field(default_factory=list)
    left: str = ""  # what a step that failed could not take back, as a sentence
    without_index: WithoutIndex | None = None
    flusher: Flusher = field(default_factory=Flusher)
    waiters: Callable[[], int] = _nobody  # how many sessions were seen waiting for us so far

    def say(self, step: str, text: str) -> None:
        """Tell whoever listens."""
        self.progress(Event(step, text))

    def accepted(self) -> frozenset[str]:
        """The fingerprints that production may have: the plan's, and our own steps'."""
        return self.journal.fingerprints() | {self.plan.fingerprint}

    def changed(self) -> str:
        """For errors: what this plan has changed so far, in earlier parts and runs too."""
        steps = tuple(dict.fromkeys((*self.journal.finished(), *self.finished)))
        if not steps:
            return self.left or NOTHING
        return f"{kept(steps)} {self.left}".rstrip()


def kept(steps: Iterable[str]) -> str:
    """For errors: which steps are done, by id."""
    return f"Finished before it, and kept: {', '.join(steps)}."
