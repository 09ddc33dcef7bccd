"""Nothing lost: no row is gone, and we did nothing to rows that the plan had not announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.model import ReportFacts, TableRows
from reconcile_pipeline.evidence.promises.promise import Promise, judged
from reconcile_pipeline.plan.model import Plan

Limits = tuple[int | None, int | None, int | None]


def nothing_lost(facts: ReportFacts) -> Promise:
    """Fails for rows or tables that are gone, a TRUNCATE, work beyond the plan, and no counting."""
    reasons = [r for t in facts.rows for r in _lost(t, facts.plan)]
    apart = [t for t in facts.rows if t.uncounted]
    if len(apart) == len(facts.rows):
        reasons.append("No table's rows were counted.")
    inserted = sum(table.inserted for table in facts.rows)
    updated = sum(table.updated for table in facts.rows)
    deleted = sum(table.deleted for table in facts.rows)
    figure = (
        f"{count(len(facts.rows) - len(apart), 'table')} counted{_apart(apart)}; "
        f"we inserted {count(inserted, 'row')}, updated {updated:,}, deleted {deleted:,}"
    )
    proof = (
        f"{t.table}: {_counted(t)}; "
        f"we inserted {t.inserted:,}, updated {t.updated:,}, deleted {t.deleted:,}."
        for t in facts.rows
    )
    return judged("Nothing lost", figure, proof, reasons)


def announced(plan: Plan, table: str) -> Limits:
    """The most rows of a table that the plan may insert, update and delete; None is any number."""
    limits = [step.rows[table] for step in plan.steps if step.rows and table in step.rows]
    insert, update, delete = (_sum(limit[place] for limit in limits) for place in range(3))
    return insert, update, delete


def by_others(table: TableRows) -> int:
    """Rows more (or, if negative, fewer) than our own transactions explain."""
    if table.uncounted:
        return 0
    return (table.after or 0) - (table.before or 0) - table.inserted + table.deleted


def _sum(limits: Iterator[int | None]) -> int | None:
    total = 0
    for limit in limits:
        if limit is None:
            return None
        total += limit
    return total


def _lost(table: TableRows, plan: Plan) -> Iterator[str]:
    limits = announced(plan, table.table)
    for column in table.dropped:
        name = f"{table.table}.{column}"
        if announced(plan, name)[2] is not None:
            yield f"We dropped the column {name}, which the plan did not announce."
    done = (("inserted", table.inserted), ("updated", table.updated), ("deleted", table.deleted))
    for (what, rows), limit in zip(done, limits, strict=True):
        if limit is not None and rows > limit:
            yield f"{table.table}: we {what} {count(rows, 'row')}, the plan announced {limit:,}."
    if limits[2] is None:  # the plan says that all of it may go
        return
    if table.truncated:
        yield f"{table.table} was truncated by us."
    if table.before is not None and table.after is None:
        yield f"{table.table} is gone."
    elif (gap := by_others(table)) < 0:
        # Perhaps somebody else deleted them meanwhile; but that is then for somebody to say.
        yield f"{table.table}: {count(-gap, 'row')} fewer than our own transactions explain."


def _apart(tables: Sequence[TableRows]) -> str:
    """The tables of which only the counters of our own transactions can tell."""
    if not tables:
        return ""
    named = listing([f"{t.table} ({t.uncounted})" for t in tables], limit=3)
    return f", {len(tables)} not, of which only our transactions' counters tell: {named}"


def _counted(table: TableRows) -> str:
    if table.uncounted:
        return f"not counted ({table.uncounted})"
    return f"{_number(table.before)} before, {_number(table.after)} after"


def _number(rows: int | None) -> str:
    return "not there" if rows is None else f"{rows:,}"
