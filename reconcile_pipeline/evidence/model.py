"""What a report is made from, as values: everything a run found, did and measured.

Whoever runs the stages fills in `ReportFacts`; nothing here is a conclusion. The promises and the
report are computed from it (`promises.py`, `report.py`), so each can come out either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.plan.rehearsal import Rehearsal

FACTS_STAGE = "facts"
PROMISES_STAGE = "promises"


class Outcome(StrEnum):
    """What became of a step."""

    DONE = "done"
    ALREADY = "already"  # its postcondition held before it ran
    FAILED = "failed"
    SKIPPED = "skipped"  # a step before it failed


@dataclass(frozen=True, slots=True)
class StepRun:
    """How one step of the plan went. `tries` counts attempts to get its locks."""

    step: str
    outcome: Outcome
    milliseconds: float = 0.0
    tries: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One version that the run recorded as applied, and what production showed of its file then.

    `statements` are judged against production as it was when the history was written; of those that
    leave nothing since a completed file makes the same, as it was before the first step.
    """

    version: str
    name: str
    file: str
    statements: tuple[StatementVerdict, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """One table's rows: counted before and after; `None` where the table was not there.

    `inserted`, `updated`, `deleted` are PostgreSQL's own counters of our transactions, added up;
    `truncated` says that one of them emptied the table; `dropped` names the columns that they
    dropped. What the plan announced is in the plan. `uncounted`: why its rows were not counted;
    both numbers are None then, and only the counters speak for it.
    """

    table: str
    before: int | None
    after: int | None
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    truncated: bool = False
    dropped: tuple[str, ...] = ()
    uncounted: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waited for us: every `interval_ms` the server was asked (`pg_blocking_pids`).

    `longest_ms` is the longest wait seen, `waiters` how many sessions waited at all. `bound_ms` is
    the longest that any of our statements was allowed to wait for a lock.
    """

    longest_ms: float
    waiters: int
    samples: int
    interval_ms: float
    bound_ms: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The directory replayed from nothing against production: objects compared, and differences.

    `not_run`: statements that the shadow cannot run, of which production has what they name; what
    they make was not compared. `ignored`: objects that differ, and that reconcile.toml leaves to
    others. `unchecked`: functions that only a server which does not check their bodies makes again.
    """

    objects: int
    differences: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """What the history tool's own client said afterwards. `pending`: files it would still push.

    `equal`: its list shows the same versions on both sides.
    """

    name: str
    equal: bool
    pending: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class AtStake:
    """Rows that one statement of a pending file would have taken: (table, rows) each."""

    file: str
    line: int
    statement: str
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Push:
    """What pushing would have done before: `files` in the order they would have run.

    `command` is how the tool is told to push; `seen`: its own client listed these files itself.
    """

    command: str
    files: tuple[str, ...]
    at_stake: tuple[AtStake, ...] = ()
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Backfilled:
    """A table filled from another, and the proof that nobody was left out.

    `missing_after` counts source rows without a row (anti-join); `second_run_inserted` what the
    same backfill inserted when run again; `groups` counts rows by role. `signup` tells whether a
    new user, made in a transaction that was rolled back, got a row; None where not tried.
    """

    table: str
    source: str
    source_rows: int
    inserted: int
    missing_after: int
    second_run_inserted: int = 0
    groups: tuple[tuple[str, int], ...] = ()
    signup: bool | None = None


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What one role may do on one table, where that changed. `planned`: the plan said so."""

    role: str
    table: str
    action: str
    before: str
    after: str
    wider: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class Access:
    """The access matrix, before against after. `probes`: questions asked of the server."""

    probes: int
    changes: tuple[AccessChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One run. Times are ISO 8601 in UTC. What was not measured is None, never a zero.

    `adopted`: identities of objects changed by hand that the reconciliation migration now carries.
    `directory_before`, `directory_after`: the files, relative to the project, in order.
    `left`: what the run leaves to a person, beyond what the plan declined. `rehearsal`: of the
    plan, on a twin, before it was approved.
    """

    before: DriftReport
    after: DriftReport
    plan: Plan
    plan_hash: str
    started_at: str
    finished_at: str
    history_before: tuple[str, ...]
    history_after: tuple[str, ...]
    steps: tuple[StepRun, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    adopted: tuple[str, ...] = ()
    rows: tuple[TableRows, ...] = ()
    waiting: Waiting | None = None
    replay: Replay | None = None
    client: Client | None = None
    push_before: Push | None = None
    backfills: tuple[Backfilled, ...] = ()
    access: Access | None = None
    directory_before: tuple[str, ...] = ()
    directory_after: tuple[str, ...] = ()
    approved_by: str = ""
    approved_at: str = ""
    server_version: str = ""
    left: tuple[str, ...] = ()
    rehearsal: Rehearsal | None = None
