"""What shows that a backfill is complete, counted in production after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Composed

from reconcile_pipeline.apply.failures import may_be_of_one_row
from reconcile_pipeline.apply.pages import Pages
from reconcile_pipeline.apply.transaction import bound
from reconcile_pipeline.plan.model import Step

# Every row or an error; one hash of a million keys fits; nothing is compiled for a single count.
_TO_COUNT = """
SELECT pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('work_mem', '64MB', true), pg_catalog.set_config('jit', 'off', true)
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """Counts at one moment; no address, no key.

    `missing`: rows of the source without a row in the target (anti-join). `groups`: rows of the
    target by role. `admins_found`: source rows whose address is on the list and counts;
    `admins_unconfirmed`: those whose address is on it but was never confirmed, who therefore got
    the default role. Both None where no role is given out.
    """

    source_rows: int
    target_rows: int
    missing: int
    groups: Mapping[str, int]
    admins_found: int | None
    admins_unconfirmed: int | None
    confirmation_checked: bool


def prove(connection: Connection[Any], pages: Pages) -> Proof:
    """Count, in one read-only transaction that sees every row or fails; each table read once."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(_TO_COUNT)
        source = connection.execute(pages.counts(), pages.parameters).fetchone()
        assert source is not None
        rows, missing, found, listed = source
        groups = _groups(connection, pages)
        if groups is None:
            query = SQL("SELECT count(*) FROM {}").format(pages.target.identifier)
            held = _count(connection, pages, query)
        else:
            held = sum(groups.values())
        roles = pages.is_admin is not None
        return Proof(
            source_rows=int(rows),
            target_rows=held,
            missing=int(missing),
            groups=groups or {},
            admins_found=int(found) if roles else None,
            admins_unconfirmed=int(listed) - int(found) if roles else None,
            confirmation_checked=pages.confirmed,
        )


def second_run(connection: Connection[Any], step: Step, pages: Pages) -> int | None:
    """What the same backfill inserts now, as one statement that is taken back.

    None where it takes too long, or where a row came that cannot be filled.
    """
    try:
        with connection.transaction(force_rollback=True):
            bound(connection, step)
            connection.execute(_TO_COUNT)
            inserted = connection.execute(pages.insert(SQL("true")), pages.parameters).rowcount
    except psycopg.DatabaseError as error:
        if not isinstance(error, errors.LockNotAvailable) and not may_be_of_one_row(error, 2):
            raise
        return None
    return inserted


def count_missing(connection: Connection[Any], pages: Pages) -> int:
    """Rows of the source without a row in the target."""
    with connection.transaction():
        connection.execute(_TO_COUNT)
        return _count(connection, pages, pages.count(pages.missing))


def _groups(connection: Connection[Any], pages: Pages) -> dict[str, int] | None:
    if pages.role is None:
        return None
    query = SQL("SELECT {0}::text, count(*) FROM {1} GROUP BY 1 ORDER BY 1").format(
        pages.role, pages.target.identifier
    )
    return {str(role): int(count) for role, count in connection.execute(query)}


def _count(connection: Connection[Any], pages: Pages, query: Composed) -> int:
    row = connection.execute(query, pages.parameters).fetchone()
    assert row is not None
    return int(row[0])
