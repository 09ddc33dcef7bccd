"""Values that later parts of the same plan need again, kept in its run folder as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from psycopg import Connection

from reconcile_pipeline.apply.backfills.page import add
from reconcile_pipeline.apply.directory import disk
from reconcile_pipeline.apply.journal import Journal, Record
from reconcile_pipeline.apply.request import Before
from reconcile_pipeline.apply.rows.counters import Rows
from reconcile_pipeline.apply.transaction import committed
from reconcile_pipeline.apply.waits.log import Wait
from reconcile_pipeline.apply.waits.waiting import LISTED, Waiting, cut_off
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.codec import from_plain, to_plain

BEFORE = "before.json"
_T = TypeVar("_T")


def keep_before(folder: Path, before: Before) -> None:
    """Write it. Raises ApplyError where the disk refuses."""
    try:
        text = json.dumps(to_plain(before), sort_keys=True)
        disk.replace(folder / BEFORE, (text + "\n").encode())
    except OSError as error:
        raise ApplyError(
            f"{BEFORE} cannot be written: {error.strerror}.",
            hint="Free some space, and run this again.",
        ) from None


def kept_before(folder: Path) -> Before | None:
    """What an earlier part, or an earlier run, has seen before the first change."""
    try:
        found = from_plain(Before, json.loads((folder / BEFORE).read_bytes()), BEFORE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, PlanError):
        raise ApplyError(f"{BEFORE} cannot be read.", hint="Was it changed by hand?") from None
    assert isinstance(found, Before)
    return found


def total_rows(journal: Journal, connection: Connection[tuple[object, ...]]) -> dict[str, Rows]:
    """Rows that all committed transactions of this plan touched, by the counters in the journal."""
    total: dict[str, Rows] = {}
    for record in journal.records:
        if record.event == "committing" and (
            _happened(connection, record.facts.get("xid")) or _finished(journal, record)
        ):
            total = add(total, _rows(record.facts["rows"]))
    pages = {record.step: record for record in journal.records if record.event == "page"}
    for record in pages.values():
        happened = _happened(connection, record.facts.get("xid"), nothing=True)
        total = add(total, _rows(record.facts["rows" if happened else "before_rows"]))
    return total


def keep_waiting(journal: Journal, waiting: Waiting) -> None:
    """Add what a part's watcher saw."""
    journal.write("waited", **to_plain(waiting))


def total_waiting(journal: Journal) -> Waiting:
    """What the watchers of all parts and runs saw."""
    found = [
        from_plain(Waiting, dict(record.facts), "journal")
        for record in journal.records
        if record.event == "waited"
    ]
    found += [cut_off(journal.folder, run) for run in _cut_off(journal)]
    waits = sorted(_flat(each.waits for each in found), key=lambda wait: -wait.milliseconds)
    reasons = [each.reason for each in found if each.reason]
    return Waiting(
        longest_ms=max((each.longest_ms for each in found), default=0),
        waiters=sum(each.waiters for each in found),
        samples=sum(each.samples for each in found),
        interval_ms=max((each.interval_ms for each in found), default=20),
        waits=tuple(waits[:LISTED]),
        complete=all(each.complete for each in found) and bool(found),
        reason="; ".join(dict.fromkeys(reasons)) or ("" if found else "nobody watched"),
    )


def _cut_off(journal: Journal) -> list[int]:
    """Runs that came to a step, and whose watcher could not say what it saw: killed ones.

    A run is named by its opening's number. One that was refused before had nothing to watch.
    """
    found: list[int] = []
    run, begun = 0, False
    for record in [*journal.records, None]:
        if record is None or record.event == "opened":
            if begun:
                found.append(run)
            run, begun = record.seq if record else 0, False
        elif record.event == "waited":
            begun = False
        elif record.step:
            begun = True
    return found


def opened_at(journal: Journal) -> int:
    """The number of the line that opened this run."""
    return max((each.seq for each in journal.records if each.event == "opened"), default=0)


def _flat(groups: Iterable[Iterable[Wait]]) -> list[Wait]:
    return [wait for group in groups for wait in group]


def _rows(plain: dict[str, list[int]]) -> dict[str, Rows]:
    return {name: (i, u, d) for name, (i, u, d) in plain.items()}


def _finished(journal: Journal, record: Record) -> bool:
    """True where the next that was written of its step is that it is finished."""
    later = [r for r in journal.records if r.step == record.step and r.seq > record.seq]
    return bool(later) and later[0].event == "finished"


def _happened(
    connection: Connection[tuple[object, ...]], xid: object, nothing: bool = False
) -> bool:
    """True where that transaction was committed; `nothing`: what no number says nothing of."""
    return nothing if not xid else committed(connection, str(xid))
