"""A column of another type than its file gives it, as somebody may have made it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from psycopg.sql import Identifier

from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.replaying.prepare import ALONE, prepare

#: In place, where what its own statement made upon it allows that; else without that.
_ANOTHER_TYPE: Final = """DO $another_type$ BEGIN
  ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT,
        ALTER COLUMN {column} TYPE {type} USING {column}::text::{type};
EXCEPTION WHEN OTHERS THEN
  ALTER TABLE {table} DROP COLUMN {column} CASCADE, ADD COLUMN {column} {type};
END $another_type$"""


def of_another_type(table: Sequence[str], column: str, type: str) -> str:
    """SQL that gives a column this type. `table`: its raw names; `type`: as the server writes it.

    To be run right after what made the column: nothing else is upon it then.
    """
    names = {
        "table": Identifier(*table).as_string(None),
        "column": Identifier(column).as_string(None),
    }
    return _ANOTHER_TYPE.format(**names, type=type)


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
