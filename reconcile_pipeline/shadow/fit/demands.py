"""What SQL yet to be run asks of the rows that are there already.

A unique key, a NOT NULL, a check or a foreign key that is added fails where a row does not fit it,
and no structure tells. Made-up rows are made to fit them, and production's own are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """What a demand is about."""

    UNIQUE = "unique"  # no two rows are alike in the columns
    REQUIRED = "required"  # no row is NULL in the column
    CHECK = "check"  # no row for which the condition is false
    REFERENCE = "reference"  # each row finds the one that it refers to
    FREE = "free"  # no row has a key that is to be inserted


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand on the rows of `table`, as `schema.table`.

    `columns`: those that it is about. `check`: its condition as SQL. `to`, `theirs`: the table and
    the columns that a reference is to; no columns stand for its primary key. `exact`: the demand is
    just this; a unique index of expressions, or of some rows, asks for less. `taken`: for each of
    the columns the constants that are to be inserted; no columns stand for the table's, in order.
    """

    need: Need
    table: str
    columns: tuple[str, ...]
    check: str = ""
    to: str = ""
    theirs: tuple[str, ...] = ()
    exact: bool = True
    taken: tuple[tuple[str, ...], ...] = ()
