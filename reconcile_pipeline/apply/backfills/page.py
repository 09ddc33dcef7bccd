"""One page of a backfill: one short transaction, counted and judged."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Cursor

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.backfills.orders import Order
from reconcile_pipeline.apply.backfills.pages import Care
from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.rows.counters import Changes, Rows, judge
from reconcile_pipeline.apply.rows.numbers import FLUSH, NUMBER, inside
from reconcile_pipeline.apply.transaction import BOUNDS, bounds, not_ours
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step

FORCED_FLUSH = 150000  # since then a session can add its counts to the totals when it likes

# What a page begins with, all in one: each message by itself wakes the server's process once more,
# and who has just woken is served before those who sign up. Every row or an error; and look a row
# up by its key, instead of reading the target anew each page.
_AS_PLANNED = f"""SELECT ({lock.HELD}), {BOUNDS},
    pg_catalog.set_config('row_security', 'off', true)"""
_BY_INDEX = f"""{_AS_PLANNED}, pg_catalog.set_config('enable_hashjoin', 'off', true),
    pg_catalog.set_config('enable_mergejoin', 'off', true),
    pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('jit', 'off', true)
"""
_EFFECTS = (files("reconcile_pipeline.apply") / "sql/page_effects.sql").read_bytes()
_TOUCHED = (files("reconcile_pipeline.apply") / "sql/touched.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class Page:
    """What one page did: `upper` is its last key as text, None at the end of the source."""

    upper: str | None
    rows: Mapping[str, Rows]
    milliseconds: int


@dataclass(slots=True)
class State:
    """How far a backfill has come. `rows` are those of all its pages, of earlier runs as well.

    `order` is the name of the one in which `last` is a place.
    """

    order: str
    last: str | None
    rows: dict[str, Rows]


def flush(context: Context) -> None:
    """Have the session's counts added to the totals: the next transaction begins at zero."""
    if context.connection.info.server_version >= FORCED_FLUSH:
        context.connection.execute("SELECT pg_catalog.pg_stat_force_next_flush()")


def run_page(
    context: Context, step: Step, order: Order, state: State, size: int, care: Care
) -> Page:
    """Fill one page behind `state.last`, and write the new state to the journal.

    psycopg's errors pass through; then nothing of the page is left.
    """
    connection = context.connection
    begun = time.monotonic()
    with connection.pipeline() as pipeline, connection.transaction():
        first = _BY_INDEX if order.pages.plain else _AS_PLANNED
        given = (lock.key(connection.info.dbname), *bounds(step))
        held = connection.execute(first.encode(), given)
        already = _already(context)
        upper = order.upper(connection, state.last, size)
        query, values = order.insert(state.last, upper, care)
        connection.execute(with_parameters(query), values)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        effects = connection.execute(_EFFECTS)
        number = connection.execute(NUMBER)
        flush(context)
        if inside(connection):
            connection.execute(FLUSH)
        pipeline.sync()  # so far one round trip, however far the server is
        xid = number.fetchone()
        if not inside(connection):
            context.flusher.flush(connection)
        if not (ours := held.fetchone()) or not ours[0]:
            raise not_ours(context)
        before = {oid: (i, u, d) for oid, i, u, d in already.fetchall()} if already else {}
        rows = _effects(step, effects, before)
        context.journal.write(
            "page",
            step.id,
            sync=False,
            order=order.name,
            last=order.stored(upper),
            rows=_plain(add(state.rows, rows)),
            before_last=order.stored(state.last),
            before_rows=_plain(state.rows),
            xid=xid[0] if xid else None,
        )
    return Page(upper, rows, round((time.monotonic() - begun) * 1000))


def add(total: Mapping[str, Rows], more: Mapping[str, Rows]) -> dict[str, Rows]:
    """Both, table by table."""
    found = dict(total)
    for name, (i, u, d) in more.items():
        old = found.get(name, (0, 0, 0))
        found[name] = (old[0] + i, old[1] + u, old[2] + d)
    return found


def _plain(rows: Mapping[str, Rows]) -> dict[str, list[int]]:
    return {name: list(each) for name, each in rows.items()}


def _already(context: Context) -> Cursor[Any] | None:
    if context.connection.info.server_version >= FORCED_FLUSH:
        return None
    return context.connection.execute(_TOUCHED)


def _effects(step: Step, counted_now: Cursor[Any], before: Mapping[int, Rows]) -> dict[str, Rows]:
    rows: dict[str, Rows] = {}
    replaced = []
    for oid, name, inserted, updated, deleted, exclusive in counted_now:
        old = before.get(oid, (0, 0, 0))
        counted = (inserted - old[0], updated - old[1], deleted - old[2])
        if any(counted):
            rows[name] = counted
        if exclusive:
            replaced.append(name)
    if replaced:
        raise ApplyError(
            f"Step {step.id} was rolled back: a page of it locks {replaced[0]} against everyone.",
            hint="A trigger on the table that is filled changes more than rows.",
        )
    judge(step, Changes(rows), {})
    return rows
