"""Locks that no statement's text tells: a function reads a table, and an index or a check calls it.

The rehearsal sees them. The plan that comes after it says them, so that whoever approves it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconcile_pipeline.plan.model import Step, StepLock
from reconcile_pipeline.plan.rehearsal import Rehearsal

#: What reading and writing rows takes, weakest first. Whatever is stronger keeps others from doing
#: so, which a statement must tell by itself to be approved.
_OF_ROWS = ("ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE")


def learnt(rehearsal: Rehearsal) -> Iterator[StepLock]:
    """The locks of rows that steps took beyond what the plan says."""
    for step in rehearsal.steps:
        for relation, mode in (step.unforeseen or {}).items():
            if mode in _OF_ROWS:
                yield StepLock(step.step, relation, mode)


def with_learnt(steps: Iterable[Step], locks: Iterable[StepLock]) -> list[Step]:
    """The steps with the locks that a rehearsal saw them take."""
    found = list(locks)
    return [
        replace(step, locks={**(step.locks or {}), **more})
        if (more := {lock.relation: lock.mode for lock in found if lock.step == step.id})
        else step
        for step in steps
    ]
