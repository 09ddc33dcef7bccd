"""What will be done to production, as values. See `plan/codec.py` for JSON and the plan's hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconcile_pipeline.migrations.model import Hazard


class StepKind(StrEnum):
    """What a step is for. Only SQL, BACKFILL and HISTORY touch production."""

    COMPLETION = "completion"  # missing statements of a half-applied migration
    RESTORE = "restore"  # put production back to what the files say, on request
    BACKFILL = "backfill"  # fill a table's missing rows in batches
    HISTORY = "history"  # rows of the history table
    FILES = "files"  # the local directory: archive, markers, reconciliation migration
    UNDO = "undo"  # what an earlier plan did, taken back; stands in plans of its own


@dataclass(frozen=True, slots=True)
class Condition:
    """A question with a yes or no answer: `sql` returns one row with one boolean.

    `text` is for people. `parts`: the words for each question of which it is made, where there are
    several (`plan/conditions.py`); of many, the text says the first ones.
    """

    text: str
    sql: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Which role a filled row gets: `admin_role` for the addresses on a list, else `default_role`.

    The addresses are personal data, so the list stays in reconcile.toml; `admins` is its length and
    `admins_digest` (`plan/backfill.py`) binds the plan to it. `address_column` and
    `confirmed_column` are the source's; without the latter every address counts as confirmed.
    """

    column: str
    admin_role: str
    default_role: str
    admins: int
    admins_digest: str
    address_column: str = "email"
    confirmed_column: str = "email_confirmed_at"


@dataclass(frozen=True, slots=True)
class Backfill:
    """Rows that `target` lacks, made from the rows of `source`, in pages of `batch_size` by key.

    `source` is `schema.table` or a SELECT. `target_key` is a column of `target` with a unique
    index; it gets the source's `source_key`. `columns`: further target column -> SQL expression
    over a row named `source`, e.g. `source.email`. `pause_ms` is slept between pages.
    """

    target: str
    source: str
    target_key: str
    source_key: str
    columns: Mapping[str, str]
    role: RoleRule | None = None
    batch_size: int = 1000
    pause_ms: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in order. Times are milliseconds.

    `statements` run in one transaction where `transactional`; each is one complete command. A step
    whose `postcondition` holds already is done. `undo` puts back what it did, in order. `locks`:
    relation -> strongest lock mode that it takes. `answers`: the findings it answers, e.g. `020` or
    `policy public.x.y`.

    `rows`: `schema.table` -> most rows it may (insert, update, delete), None = any number; a
    dropped table, or a dropped column as `schema.table.column`, is a deletion. What is not
    announced here is refused: the transaction is rolled back. `rewrites`: tables whose file it
    replaces without losing a row. `backfill`: for a step of that kind; it has no statements then.
    Not transactional: each statement is one that PostgreSQL runs outside transactions only.
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
    rows: Mapping[str, tuple[int | None, int | None, int | None]] | None = None
    rewrites: tuple[str, ...] = ()
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class FileAction:
    """One change to the local directory.

    `action` is archive, quarantine, marker, create or restore.

    `path` and `to` are POSIX paths relative to the folder that holds the migrations directory.
    archive and quarantine move `path`, whose bytes hash to `sha256`, to `to`; the others write
    `content` (UTF-8) to `path`, where nothing may be unless it is the same.
    """

    action: str
    path: str
    to: str = ""
    content: str = ""
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepLock:
    """A step's lock on a relation, which a rehearsal saw and no text tells."""

    step: str
    relation: str
    mode: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """What only a rehearsal shows, or production's rows do, for the plan that comes after it.

    `left`: what does not run on production as it is, or what its rows do not fit: the migration to
    complete, or that stays, or the object to restore -> why. `unshown`: statements whose rows
    production does not show in the directory to be, e.g. `020, line 7`. `amended`: SQL that makes
    what the directory to be makes otherwise as production has it. `needless`: SQL that would fail
    in the directory to be, for nothing: what was made by hand and a file before it makes as well,
    and what the shadow refuses today, too. `locked`: locks of functions that steps call.
    """

    left: Mapping[str, str] = field(default_factory=dict)
    unshown: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    locked: tuple[StepLock, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan. `fingerprint` is of the production it was made for, `inventory_sha256` of the
    directory. `declined`: finding -> why no step answers it. `warnings` are for the approver.
    `restore`: what somebody asked to be restored beyond what reconcile.toml says. `left`,
    `unshown`, `amended`, `needless`, `locked`: as in `Lessons`.
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
    restore: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    unshown: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    locked: tuple[StepLock, ...] = ()

    @property
    def lessons(self) -> Lessons:
        """What earlier rehearsals had shown when it was made."""
        return Lessons(self.left, self.unshown, self.amended, self.needless, self.locked)
