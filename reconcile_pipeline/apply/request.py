"""What an apply is asked to do, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconcile_pipeline.apply.access.matrix import AccessChange, Matrix
from reconcile_pipeline.apply.approval import Approval
from reconcile_pipeline.apply.backfills.signup import SignupProof
from reconcile_pipeline.apply.context import Limits, StepResult
from reconcile_pipeline.apply.directory.files import FilesResult
from reconcile_pipeline.apply.facts import Fingerprint, WithoutIndex
from reconcile_pipeline.apply.progress import Progress, silent
from reconcile_pipeline.apply.rows.census import Census, CensusChange
from reconcile_pipeline.apply.rows.counters import Rows
from reconcile_pipeline.apply.waits.waiting import Waiting
from reconcile_pipeline.history.model import History
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Request:
    """One plan for one target.

    `root`: the folder that holds the migrations directory. `run_folder`: one folder a plan, the
    same one on a rerun; the journal is in it. `fingerprint` and `inventory` read anew what the
    plan's hashes were made of. `history` may be None where the plan records nothing. `admins`: the
    addresses of `reconcile.toml`; the plan must have been made with the same list.
    """

    plan: Plan
    approval: Approval | None
    target: str
    dsn: str = field(repr=False)
    root: Path
    run_folder: Path
    fingerprint: Fingerprint
    inventory: Callable[[], Inventory]
    history: History | None = None
    admins: Sequence[str] = field(default=(), repr=False)
    progress: Progress = silent
    limits: Limits = field(default_factory=Limits)
    without_index: WithoutIndex | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """What one part did: its steps, its file actions, and who waited for us meanwhile."""

    steps: tuple[StepResult, ...]
    files: FilesResult
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Before:
    """The look from outside, before the plan's first change. Kept in the run folder."""

    census: Census
    access: Matrix


@dataclass(frozen=True, slots=True)
class Verification:
    """The look from outside, afterwards.

    `rows`: table -> inserted, updated, deleted by all of this plan's transactions, in all runs, as
    PostgreSQL counted them. `waiting`: over all parts and runs. `unplanned`: access that widened on
    a table that no statement of the plan names. `fingerprint_expected`: it is what our last step
    left.
    """

    fingerprint: str
    fingerprint_expected: bool
    rows: Mapping[str, Rows]
    waiting: Waiting
    before: Census
    after: Census
    changed_tables: tuple[CensusChange, ...]
    access: Matrix
    access_changes: tuple[AccessChange, ...]
    unplanned: tuple[AccessChange, ...]
    signup: SignupProof | None


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A whole apply. Encode it with `plan.codec.canonical`; times are ISO 8601 in UTC."""

    plan_hash: str
    target: str
    database: str
    person: str
    approved_at: str
    started_at: str
    finished_at: str
    fingerprint_before: str
    steps: tuple[StepResult, ...]
    files: FilesResult
    verification: Verification
