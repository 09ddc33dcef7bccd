"""What the SQL writer hands back."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconcile_pipeline.catalog.model import ObjectId


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL command, without a final `;`, and the object that it is for.

    Not `transactional`: it must be committed before those that follow can run. `note` says
    what else there is to know, e.g. that it deletes data; empty where nothing is.
    """

    id: ObjectId
    sql: str
    transactional: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """An object that no SQL brings to all that is wanted, and why."""

    id: ObjectId
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Statements in an order that works, and what they leave as it is."""

    statements: tuple[Statement, ...] = ()
    declined: tuple[Declined, ...] = ()

    @property
    def sql(self) -> tuple[str, ...]:
        """The commands alone."""
        return tuple(statement.sql for statement in self.statements)


@dataclass(frozen=True, slots=True)
class Options:
    """How to write.

    `role`: who will run the SQL. Objects are then written as that role's from the start, and its
    default privileges are counted with; None makes no assumption, so that owner and privileges of
    every new object are written down in full.
    """

    role: str | None = None


class CannotWriteError(Exception):
    """No SQL leads there; the text is the reason. It becomes a `Declined`, never an error."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """SQL that changes an object in place.

    `disturbs`: objects whose dependents the server wants out of the way meanwhile, e.g. a column
    whose type changes. `replaces`: all dependents, indexes and constraints too, hold on to what
    goes, e.g. an enum that is made anew.
    """

    sql: tuple[str, ...]
    disturbs: tuple[ObjectId, ...] = ()
    replaces: tuple[ObjectId, ...] = ()
    notes: tuple[str, ...] = field(default=())
