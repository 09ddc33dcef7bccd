"""Fill the rows that a table lacks, page by page along a key, each page its own transaction.

A row that cannot be filled stops nothing but itself: the page shrinks until it stands alone, and it
is counted and left out. After a crash the next run goes on behind the last committed page; rows
that are there already are never touched.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from reconcile_pipeline.apply.backfills.orders import ByKey, Order, by_block
from reconcile_pipeline.apply.backfills.page import Page, State, add, flush, run_page
from reconcile_pipeline.apply.backfills.pages import Care, make_pages
from reconcile_pipeline.apply.backfills.proof import Proof, count_missing, prove, second_run
from reconcile_pipeline.apply.backfills.throttle import Throttle
from reconcile_pipeline.apply.connection import settle
from reconcile_pipeline.apply.context import Context, Outcome, StepResult
from reconcile_pipeline.apply.facts import at_one_moment
from reconcile_pipeline.apply.failures import failure, may_be_of_one_row
from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.apply.retry import attempts
from reconcile_pipeline.apply.transaction import committed, still_ours, unmoved
from reconcile_pipeline.errors import ApplyError, PlanError, ReconcileError
from reconcile_pipeline.plan.backfill import admins_digest
from reconcile_pipeline.plan.codec import to_plain
from reconcile_pipeline.plan.model import Backfill, Plan, Step

#: A page that took longer is followed by a smaller one: no transaction is to last half a second,
#: not even where the server is suddenly ten times as slow, and whoever commits meanwhile waits for
#: little of ours. Shorter ones cost more for the statements around each INSERT than they gain.
LONG_MS = 120
FIRST_PART = 4  # the first page is so many times smaller than asked for: nobody knows yet
CAREFUL = 1000  # smaller pages are short anyway
LISTED = 100  # failed rows that are named; all are counted


@dataclass(slots=True)
class Tally:
    """What one run of a backfill has met so far."""

    failed: list[dict[str, str]] = field(default_factory=list)
    failures: int = 0
    pages: int = 0
    longest_ms: int = 0
    inserted: int = 0
    blocked: int = 0
    slept_s: float = 0.0


def check_admins(plan: Plan, step: Step, admins: Sequence[str]) -> None:
    """Raise PlanError unless this is the list of addresses that the plan was made with."""
    role = step.backfill.role if step.backfill else None
    digest = admins_digest(admins, plan.system_identifier, plan.database)
    if role and role.admins_digest != digest:
        raise PlanError(
            "The list of admins has changed since the plan was made.",
            hint="Make a new plan, and have it approved.",
        )


def run_backfill(context: Context, step: Step, admins: Sequence[str]) -> StepResult:
    """Fill what is missing, and prove it. Raises ApplyError, PlanError.

    Rows that could not be filled are listed in the result's facts; the next run tries them again.
    """
    if (backfill := step.backfill) is None:
        raise ApplyError(f"Step {step.id} says nothing of what to fill.", hint="Make a new plan.")
    if step.rows is None:
        step = replace(step, rows={backfill.target: (None, 0, 0)})
    check_admins(context.plan, step, admins)
    context.say(step.id, step.purpose)
    begun = time.monotonic()
    tally = Tally()
    try:
        state, facts = _fill(context, step, backfill, admins, tally)
    except ReconcileError as error:
        error.changed = _changed(context, step, tally)
        raise
    except psycopg.Error as error:
        told = failure(context, step, error)
        told.changed = _changed(context, step, tally)
        raise told from None
    milliseconds = round((time.monotonic() - begun) * 1000)
    if tally.pages:
        context.finished.append(step.id)
    context.journal.write(
        "finished" if tally.pages else "already",
        step.id,
        milliseconds=milliseconds,
        rows={name: list(rows) for name, rows in state.rows.items()},
        failed=tally.failures,
    )
    return StepResult(
        step.id,
        step.kind.value,
        Outcome.DONE if tally.pages else Outcome.ALREADY,
        milliseconds,
        rows=dict(state.rows),
        detail=f"{tally.failures} rows could not be filled" if tally.failures else "",
        facts=facts,
    )


def _fill(
    context: Context, step: Step, backfill: Backfill, admins: Sequence[str], tally: Tally
) -> tuple[State, dict[str, Any]]:
    connection = context.connection
    settle(connection)
    still_ours(context)
    unmoved(context, at_one_moment(connection, context.fingerprint))
    pages = make_pages(connection, backfill, admins)
    state = _resume(context, step)
    by_key = ByKey(pages, backfill.batch_size)
    again: tuple[int, Proof | None] | None = None
    total = missing = count_missing(connection, pages)
    order: Order = by_block(connection, pages, backfill.batch_size, missing) or by_key
    for _ in range(4):  # two are enough, unless rows come in that no trigger catches
        if missing <= tally.failures:
            break
        if state.order != order.name:
            state.order, state.last = order.name, None
        tally.failed, tally.failures = [], 0
        _pass(context, step, order, state, tally, total, backfill.pause_ms)
        again = None if tally.failures else second_run(connection, step, pages)
        missing = again[0] if again else count_missing(connection, pages)
        order, state.last = by_key, None
    if missing > tally.failures:
        raise ApplyError(
            f"{missing} rows of {backfill.source} still lack one in {pages.target}.",
            hint="Are rows added to it that no trigger catches? Run this again.",
        )
    if not tally.pages:
        again = second_run(connection, step, pages)
    unmoved(context, at_one_moment(connection, context.fingerprint))
    inserted_again, proof = again or (None, None)
    return state, {
        "table": str(pages.target),
        "source": backfill.source,
        "inserted": tally.inserted,
        "second_run_inserted": inserted_again,
        "failed": tally.failures,
        "failed_rows": tally.failed,
        "pages": tally.pages,
        "longest_page_ms": tally.longest_ms,
        "pages_that_blocked": tally.blocked,
        "held_back_ms": round(tally.slept_s * 1000),
        **to_plain(proof or prove(connection, pages)),
    }


def _pass(
    context: Context,
    step: Step,
    order: Order,
    state: State,
    tally: Tally,
    total: int,
    pause_ms: int,
) -> None:
    """From behind `state.last` to the end of the source."""
    throttle = Throttle(waiters=context.waiters)
    size = max(1, order.size // FIRST_PART) if order.size >= CAREFUL else order.size
    begun, before = time.monotonic(), tally.inserted
    care = usual = order.care
    flush(context)
    while True:
        throttle.wait(context.connection)
        try:
            for attempt in attempts(context, step.id):
                with attempt:
                    if attempt.num > 1:
                        flush(context)  # rows of a page that is rolled back are counted too
                    page = run_page(context, step, order, state, size, care)
        except psycopg.DatabaseError as error:
            if not may_be_of_one_row(error, size):
                raise
            flush(context)
            unique = isinstance(error, psycopg.errors.UniqueViolation)
            if unique and care is not Care.BESIDE_OTHERS:  # some of them are there already
                care, usual = care.more(), Care.LOOKING
                continue
            if size > 1:
                size = max(1, size // 8)
            elif not _skip(context, order, state, tally, error):
                return
            continue
        care = usual
        _count(page, order, state, tally)
        smaller = throttle.after(size, page.milliseconds)
        tally.blocked, tally.slept_s = throttle.blocked_pages, throttle.slept_s
        if page.upper is None:
            return
        if smaller is not None:
            size = smaller
        elif page.milliseconds > LONG_MS:
            size = max(1, size * LONG_MS // page.milliseconds)
        elif page.milliseconds * 2 < LONG_MS:
            size = min(order.size, size * 2)
        spent, done = time.monotonic() - begun, tally.inserted - before
        left = spent / done * (total - done) if done else None
        text = f"{tally.inserted:,} of {total:,} rows"
        context.progress(Event(step.id, text, tally.inserted, total, left))
        if pause_ms:
            time.sleep(pause_ms / 1000)


def _count(page: Page, order: Order, state: State, tally: Tally) -> None:
    state.last, state.rows = page.upper, add(state.rows, page.rows)
    tally.pages += 1
    tally.longest_ms = max(tally.longest_ms, page.milliseconds)
    tally.inserted += page.rows.get(str(order.pages.target), (0, 0, 0))[0]


def _skip(context: Context, order: Order, state: State, tally: Tally, error: psycopg.Error) -> bool:
    """Leave out what is behind `state.last`: a row, or a block whose rows then go by key.

    False at the source's end.
    """
    state.last = order.upper(context.connection, state.last, 1)
    if state.last is None or not isinstance(order, ByKey):
        return state.last is not None
    tally.failures += 1
    if len(tally.failed) < LISTED:
        # No message: it may quote the row.
        why = {"sqlstate": error.sqlstate or "", "constraint": error.diag.constraint_name or ""}
        tally.failed.append({"key": order.stored(state.last) or "", **why})
    return True


def _resume(context: Context, step: Step) -> State:
    """Where the last run of this plan stopped, by its journal and the server."""
    records = context.journal.of(step.id, "page", "finished")
    pages = [record for record in records if record.event == "page"]
    if not pages:
        return State("", None, {})
    facts = pages[-1].facts
    xid = facts.get("xid")
    happened = not xid or committed(context.connection, str(xid))
    rows = facts["rows" if happened else "before_rows"]
    last = facts["last" if happened else "before_last"]
    if records[-1].event == "finished":
        last = None
    return State(facts["order"], last, {name: (i, u, d) for name, (i, u, d) in rows.items()})


def _changed(context: Context, step: Step, tally: Tally) -> str:
    if not tally.inserted:
        return context.changed()
    filled = f"{tally.inserted} rows were filled in step {step.id}, and are kept."
    return filled if not context.finished else f"{context.changed()} {filled}"
