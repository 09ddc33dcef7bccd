"""A column of another type than its file gives it, as somebody may have made it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from psycopg.sql import Identifier

from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.replaying.prepare import ALONE, prepare

_IN_PLACE: Final = """ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT,
    ALTER COLUMN {column} TYPE {type} USING {column}::text::{type}"""
#: Where what its own statement made upon it does not allow that, without it.
_ANEW: Final = """DO $another_type$ BEGIN
  {in_place};
EXCEPTION WHEN OTHERS THEN
  ALTER TABLE {table} DROP COLUMN {column} CASCADE, ADD COLUMN {column} {type};
END $another_type$"""


def in_place(table: Sequence[str], column: str, type: str) -> str:
    """SQL that gives a column this type, as far as what is upon it allows that.

    `table`: its raw names; `type`: as the server writes it.
    """
    return _IN_PLACE.format(table=_quoted(table), column=_quoted((column,)), type=type)


def anew(table: Sequence[str], column: str, type: str) -> str:
    """The same, to be run right after what made the column: what that made upon it goes, where it
    does not allow the type."""
    return _ANEW.format(
        in_place=in_place(table, column, type),
        table=_quoted(table), column=_quoted((column,)), type=type,
    )  # fmt: skip


def _quoted(names: Sequence[str]) -> str:
    return Identifier(*names).as_string(None)


def next_to_run(
    files: Sequence[MigrationFile], ran: Mapping[tuple[int, int], bool], after: tuple[int, int]
) -> tuple[int, int] | None:
    """The first statement after this one that a replay of `ran` runs and can supply something to;
    None where there is none."""
    for number, file in enumerate(files[after[0] :], after[0]):
        for statement in file.statements:
            position = (number, statement.index)
            if position > after and ran[position] and prepare(statement).way not in ALONE:
                return position
    return None
