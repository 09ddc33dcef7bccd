"""Key findings: the danger first, with the rows at stake."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.drift.tables import local_name, tally, worst
from reconcile_pipeline.drift.words import ORDER, count, listing, meaning
from reconcile_pipeline.evidence.document import (
    Block,
    Bullets,
    Callout,
    Code,
    Inline,
    Paragraph,
    Section,
    Strong,
    Table,
)
from reconcile_pipeline.evidence.model import Push, ReportFacts


def section(facts: ReportFacts) -> Section:
    """What pushing would have done, then each kind of finding with its migrations."""
    blocks: list[Block] = []
    if facts.push_before is not None:
        blocks += _push(facts.push_before)
    found = tuple(_found(facts))
    blocks.append(Bullets(found) if found else Paragraph(("Nothing was found out of step.",)))
    return Section("Key findings", "key-findings", tuple(blocks))


def _push(push: Push) -> Iterator[Block]:
    if not push.files:
        yield Paragraph((Code(push.command), " would have run nothing."))
        return
    source = "Its own client says so." if push.seen else "Worked out from the history."
    yield Paragraph(
        (
            Code(push.command),
            f" would have run {count(len(push.files), 'file')}: ",
            *_names(push.files),
            f". {source}",
        )
    )
    if not push.at_stake:
        return
    tables = {table: rows for statement in push.at_stake for table, rows in statement.rows}
    where = [f"{statement.file}, line {statement.line}" for statement in push.at_stake]
    yield Callout(
        "danger",
        (
            Strong("Data at stake: "),
            f"{count(sum(tables.values()), 'row')} in {count(len(tables), 'table')} "
            f"would have been deleted by {listing(where)}.",
        ),
    )
    yield Table(
        "Rows that pushing would have deleted",
        ("Table", "Rows", "File", "Line", "Statement"),
        tuple(
            ((Code(table),), (f"{rows:,}",), (Code(s.file),), (str(s.line),), (Code(s.statement),))
            for s in push.at_stake
            for table, rows in s.rows
        ),
        right=(1, 3),
    )


def _names(files: tuple[str, ...]) -> Inline:
    parts: list[str | Code | Strong] = []
    for file in files:
        parts += [", ", Code(file)] if parts else [Code(file)]
    return tuple(parts)


def _found(facts: ReportFacts) -> Iterator[Inline]:
    for finding in ORDER:
        for m in facts.before.migrations:
            if m.finding is not finding or finding is Finding.SYNCHRONIZED:
                continue
            name = Code(local_name(m) or m.version or "")
            text = meaning(m)
            verb = " is " if text.startswith(("live", "not live")) else ": "
            if m.report and m.report.statements:
                text += f" ({tally(m.report)})"
            if m.finding is Finding.PENDING_DESTRUCTIVE and m.hazards:
                text += f"; {worst(m.hazards)}"
            yield name, f"{verb}{text}."
    if unexplained := facts.before.unexplained:
        verb = "was" if len(unexplained) == 1 else "were"
        yield (f"{count(len(unexplained), 'object')} {verb} changed by hand, and no file says so.",)
