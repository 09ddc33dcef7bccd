"""What was found out about each statement and each object, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.catalog.model import Change, ObjectId, Scalar, Snapshot


class Verdict(StrEnum):
    """What production shows of one statement, or of one of its effects."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"  # a later applied statement replaced its effect
    DIFFERENT = "different"  # the object is there in another shape
    ABSENT = "absent"
    UNVERIFIABLE = "unverifiable"  # it leaves nothing that can be checked


class MigrationVerdict(StrEnum):
    """What production shows of one migration file."""

    APPLIED = "applied"
    APPLIED_CHANGED = "applied_changed"  # all there, some of it altered by hand since
    PARTIAL = "partial"
    NOT_APPLIED = "not_applied"
    SUPERSEDED = "superseded"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class RowEffect:
    """Rows one statement leaves. `key` names the columns that find a row in production.

    `change` is created, altered or dropped; `strength` says how strong the evidence is that
    looking them up gives: `exact` (whole rows found by key), `postcondition` (a condition that the
    statement leaves true holds), `none`. `replaced`: a later statement takes them
    away or writes them anew, so that they tell nothing of this one.
    """

    table: str
    change: Change
    rows: int
    matched: int | None
    strength: str
    detail: str = ""
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class EffectVerdict:
    """One effect of a statement and what production shows of it."""

    kind: str
    identity: str
    change: Change
    verdict: Verdict
    facets: tuple[str, ...] = ()
    fact: str = ""  # the catalog fact behind the verdict, in words


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """One statement and what production shows of it.

    `ran`: the best explanation of production has it run. `error`: why the shadow refused it, if it
    did; `standing`: production has what it names all the same. `unchecked`: what the shadow has
    against a function's body, where it is proved that production has the function all the same.
    `unfit`: what kept it from working, where it is proved that it could not: a column that
    production has in another type than the files give it.
    """

    index: int
    line: int
    sql: str
    tag: str
    verdict: Verdict
    effects: tuple[EffectVerdict, ...]
    reason: str = ""
    error: str = ""
    ran: bool = True
    rows: tuple[RowEffect, ...] = ()
    standing: bool = False
    unchecked: str = ""
    unfit: str = ""


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """One migration and what production shows of it.

    `alternative` names the second-best explanation where the evidence leaves one (empty if none).
    """

    path: str
    version: str | None
    name: str
    verdict: MigrationVerdict
    statements: tuple[StatementVerdict, ...]
    reason: str = ""
    alternative: str = ""

    @property
    def refused(self) -> tuple[StatementVerdict, ...]:
        """Statements that count as run and that the shadow refuses: nothing proves them."""
        return tuple(s for s in self.statements if s.ran and s.error)


class HandChange(StrEnum):
    """How production departs from what its applied migrations explain."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Unexplained:
    """An object that production has, lacks, or has in another shape, and no migration explains it.

    `expected`: its facets as the applied migrations leave them (None for added); `actual`: as
    production has them (None for removed). `facets` names those that differ.
    """

    id: ObjectId
    change: HandChange
    expected: Mapping[str, Scalar] | None
    actual: Mapping[str, Scalar] | None
    facets: tuple[str, ...] = ()
    parent: ObjectId | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The whole answer: migrations in directory order, and what none of them explains.

    `end`: the catalog that the statements which ran leave; `base`: objects taken from production
    beforehand because no file makes them.
    """

    migrations: tuple[MigrationReport, ...]
    unexplained: tuple[Unexplained, ...]
    notes: tuple[str, ...] = ()
    end: Snapshot | None = None
    base: frozenset[ObjectId] = frozenset()
