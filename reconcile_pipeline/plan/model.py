"""What will be done to production, as values. See `plan/codec.py` for JSON and the plan's hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.migrations.model import Hazard


class StepKind(StrEnum):
    """What a step is for. Only SQL, BACKFILL and HISTORY touch production."""

    COMPLETION = "completion"  # missing statements of a half-applied migration
    RESTORE = "restore"  # put production back to what the files say, on request
    BACKFILL = "backfill"  # fill a table's missing rows in batches
    HISTORY = "history"  # rows of the history table
    FILES = "files"  # the local directory: archive, markers, reconciliation migration


@dataclass(frozen=True, slots=True)
class Condition:
    """A question with a yes or no answer: `sql` returns one row with one boolean. `text` is for people."""

    text: str
    sql: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in order. Times are milliseconds.

    `statements` run in one transaction where `transactional`; each is complete SQL. A step whose
    `postcondition` holds already is done. `undo` puts back what it did, in order. `locks`: relation
    -> strongest lock mode that it takes. `answers`: the findings it answers, e.g. `020` or
    `policy public.x.y`. `rows`: table -> rows it may (insert, update, delete), None = unbounded.
    """

    id: str
    kind: StepKind
    purpose: str
    statements: tuple[str, ...]
    answers: tuple[str, ...]
    hazards: tuple[Hazard, ...] = ()
    locks: Mapping[str, str] | None = None
    lock_timeout_ms: int = 2000
    statement_timeout_ms: int = 60_000
    precondition: Condition | None = None
    postcondition: Condition | None = None
    undo: tuple[str, ...] = ()
    transactional: bool = True
    details: Mapping[str, str | int | bool | None] | None = None


@dataclass(frozen=True, slots=True)
class FileAction:
    """One change to the local directory: `action` is archive, quarantine, marker, create or restore."""

    action: str
    path: str
    to: str = ""
    content: str = ""
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. `fingerprint` is of the production it was made for, `inventory_sha256` of the
    directory. `declined`: finding -> why no step answers it. `warnings` are for the approver.
    """

    target: str
    fingerprint: str
    inventory_sha256: str
    system_identifier: str
    database: str
    steps: tuple[Step, ...]
    files: tuple[FileAction, ...]
    declined: Mapping[str, str]
    record: tuple[str, ...] = ()  # versions that the history will name as applied
    forget: tuple[str, ...] = ()  # versions that leave the history
    warnings: tuple[str, ...] = ()
    created_by: str = "reconcile_pipeline"
