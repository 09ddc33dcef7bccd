"""Pre- and postconditions: questions that change nothing, whatever their SQL is."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, errors

from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.conditions import apart, in_words
from reconcile_pipeline.plan.model import Condition

# Nothing of that name is there: then what is asked about it doesn't hold.
_ABSENT = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.UndefinedObject,
    errors.InvalidSchemaName,
)


def holds(connection: Connection[Any], condition: Condition) -> bool:
    """True where the condition's one boolean is true. To be called inside a transaction.

    It runs read-only and sees every row: where row-level security would hide some from the
    connected user, it fails instead. NULL, no row, and a name that does not exist, are no. Raises
    ApplyError where the SQL does not return one boolean; psycopg's errors pass through.
    """
    answer: Any = None
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                """SELECT pg_catalog.set_config('transaction_read_only', 'on', true),
                          pg_catalog.set_config('row_security', 'off', true)"""
            )
            cursor = connection.execute(condition.sql.encode(), binary=True)
            rows = cursor.fetchmany(2)
            answer = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows or None
    except _ABSENT:
        return False
    if answer is not None and not isinstance(answer, bool):
        raise ApplyError(f"The condition “{condition.text}” does not return one boolean.")
    return answer is True


def unmet(connection: Connection[Any], condition: Condition) -> str:
    """What of a condition does not hold, in words. To be called inside a transaction."""
    missing = [each.text for each in apart(condition) if not holds(connection, each)]
    return in_words(missing) if missing else condition.text
