"""What is proved, and how: the four promises with their tables."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.document import (
    Block,
    Bullets,
    Callout,
    Code,
    Paragraph,
    Section,
    Strong,
    Table,
)
from reconcile_pipeline.evidence.model import Access, Backfilled, ReportFacts, TableRows
from reconcile_pipeline.evidence.promises import Promise, promises
from reconcile_pipeline.evidence.promises.nothing_lost import by_others


def section(facts: ReportFacts) -> Section:
    """One part a promise; then who may do what, and the backfills."""
    true, lost, stopped, step = promises(facts)
    parts = [
        _promise(true, "How: each statement's effects were looked up in production's catalog."),
        _promise(
            lost,
            "How: rows counted before and after, beside what PostgreSQL's own counters say of our "
            "transactions.",
            *((_rows(facts.rows),) if facts.rows else ()),
        ),
        _promise(stopped, "How: another session asked all the while who waits for whom."),
        _promise(
            step,
            "How: the directory was replayed from nothing and compared with production, object by "
            "object.",
        ),
    ]
    if facts.backfills:
        parts.append(Section("Backfills", "backfills", tuple(map(_backfill, facts.backfills))))
    if facts.access is not None:
        parts.append(Section("Who may do what", "access", tuple(_access(facts.access))))
    return Section("What is proved and how", "proof", (), tuple(parts))


def _promise(promise: Promise, how: str, *tables: Table) -> Section:
    tone, word = ("good", "Held. ") if promise.held else ("danger", "Not proved. ")
    anchor = "promise-" + promise.name.lower().replace(" ", "-")
    blocks: list[Block] = [
        Callout(tone, (Strong(word), f"{promise.figure}.")),
        Paragraph((how,)),
    ]
    # A table says the same as the proof's lines.
    if lines := promise.reasons + (() if tables else promise.proof):
        blocks.append(Bullets(tuple((line,) for line in lines)))
    return Section(promise.name, anchor, (*blocks, *tables))


def _rows(rows: tuple[TableRows, ...]) -> Table:
    return Table(
        "Rows, table by table",
        ("Table", "Before", "After", "We inserted", "We updated", "We deleted", "Others"),
        tuple(
            (
                (Code(t.table),),
                (_count(t.before),),
                (_count(t.after),),
                (f"{t.inserted:,}",),
                (f"{t.updated:,}",),
                (f"{t.deleted:,}",),
                (f"{by_others(t):+,}" if by_others(t) else "0",),
            )
            for t in rows
        ),
        right=(1, 2, 3, 4, 5, 6),
    )


def _count(rows: int | None) -> str:
    return "–" if rows is None else f"{rows:,}"  # noqa: RUF001


def _backfill(fill: Backfilled) -> Bullets:
    groups = listing([f"{rows:,} {name}" for name, rows in fill.groups])
    signup = {
        True: "A new user, made in a transaction that was rolled back, got a row.",
        False: "A new user, made in a transaction that was rolled back, got no row.",
        None: "No signup was tried.",
    }[fill.signup]
    return Bullets(
        (
            (Code(fill.table), f": {count(fill.inserted, 'row')} inserted from ")
            + (Code(fill.source), f", which has {fill.source_rows:,}.")
            + ((f" By role: {groups}.",) if groups else ()),
            (f"Left without a row: {fill.missing_after:,}.",),
            (f"Run again, it inserted {count(fill.second_run_inserted, 'row')}.",),
            (signup,),
        )
    )


def _access(access: Access) -> Iterator[Block]:
    yield Paragraph((f"{count(access.probes, 'probe')} before and after, each rolled back.",))
    if not access.changes:
        yield Paragraph(("Every role may do exactly what it could do before.",))
        return
    if unplanned := [c for c in access.changes if c.wider and not c.planned]:
        wider = count(len(unplanned), "access")
        yield Callout("danger", (Strong("Wider than planned: "), wider, " that no plan named."))
    yield Table(
        "Access that is not what it was",
        ("Table", "Role", "Action", "Before", "After", "Planned"),
        tuple(
            (
                (Code(c.table),),
                (Code(c.role),),
                (c.action,),
                (c.before,),
                (c.after,),
                ("yes" if c.planned else "no",),
            )
            for c in access.changes
        ),
    )
