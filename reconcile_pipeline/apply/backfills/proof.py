"""What shows that a backfill is complete, counted in production after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed

from reconcile_pipeline.apply.backfills.pages import Care, Pages
from reconcile_pipeline.apply.failures import RETRY, may_be_of_one_row
from reconcile_pipeline.apply.transaction import bound
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.plan.model import Step

# Every row or an error; one hash of a million keys fits; nothing is compiled for a single count.
# One process counts, not three: those who sign up meanwhile need processors, too.
_TO_COUNT = """
SELECT pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('work_mem', '64MB', true), pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
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
    """Count, in one read-only transaction that sees every row or fails."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(_TO_COUNT)
        return _proof(connection, pages, _count(connection, pages, pages.count(pages.missing)))


def second_run(
    connection: Connection[Any], step: Step, pages: Pages
) -> tuple[int, Proof | None] | None:
    """What the same backfill inserts now, as one statement that is taken back; and, where that is
    nothing, the proof at the same moment.

    None where it takes too long, or where a row came that cannot be filled.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            bound(connection, step)
            connection.execute(_TO_COUNT)
            query = pages.insert(SQL("true"), Care.BESIDE_OTHERS)
            inserted = connection.execute(with_parameters(query), pages.parameters).rowcount
            return inserted, None if inserted else _proof(connection, pages, 0)
    except psycopg.DatabaseError as error:
        if not isinstance(error, RETRY) and not may_be_of_one_row(error, 2):
            raise
        return None


def _proof(connection: Connection[Any], pages: Pages, missing: int) -> Proof:
    everyone = pages.count(SQL("true"))
    found = unconfirmed = None
    if pages.is_admin is not None and pages.is_listed is not None:
        row = connection.execute(with_parameters(pages.admins()), pages.parameters).fetchone()
        assert row is not None
        found, unconfirmed = int(row[0]), int(row[1]) - int(row[0])
    groups = _groups(connection, pages)
    if groups is None:
        query = SQL("SELECT count(*) FROM {}").format(pages.target.identifier)
        held = _count(connection, pages, query)
    else:
        held = sum(groups.values())
    return Proof(
        source_rows=_count(connection, pages, everyone),
        target_rows=held,
        missing=missing,
        groups=groups or {},
        admins_found=found,
        admins_unconfirmed=unconfirmed,
        confirmation_checked=pages.confirmed,
    )


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
    row = connection.execute(with_parameters(query), pages.parameters).fetchone()
    assert row is not None
    return int(row[0])
