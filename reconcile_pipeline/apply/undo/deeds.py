"""What a plan's steps really did to production, by its journal and by the server's word."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.journal import FILE, Record, read_journal
from reconcile_pipeline.apply.rows.counters import Rows
from reconcile_pipeline.apply.transaction import committed
from reconcile_pipeline.plan.model import Plan, Step, StepKind

WRAP = 2**32  # xmin holds the lower half of a transaction's number


@dataclass(frozen=True, slots=True)
class Deed:
    """One step that changed production. `rows`: table -> inserted, updated, deleted by it.

    `created`, `dropped`: tables, and columns as `schema.table.column`. `xids`: its transactions, as
    rows carry them in xmin; empty where the step ran outside transactions.
    """

    step: Step
    rows: Mapping[str, Rows]
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    xids: tuple[int, ...] = ()


def deeds(plan: Plan, folder: Path, connection: Connection[Any]) -> tuple[Deed, ...]:
    """In the order in which they were done; what was undone since is left out. Only reads."""
    records = read_journal(folder)
    found = []
    for step in plan.steps:
        mine = [record for record in records if record.step == step.id]
        if step.kind is StepKind.FILES or not mine or mine[-1].event == "undone":
            continue
        if step.kind is StepKind.BACKFILL:
            deed = _backfill(step, folder, connection)
        elif step.transactional:
            deed = _transaction(step, mine, connection)
        else:
            done = any(record.event == "finished" for record in mine)
            deed = Deed(step, {}) if done else None
        if deed is not None:
            found.append(deed)
    return tuple(found)


def files_done(plan: Plan, folder: Path) -> bool:
    """True where the plan has begun to change the directory, and that was not undone."""
    steps = {step.id for step in plan.steps if step.kind is StepKind.FILES}
    mine = [record.event for record in read_journal(folder) if record.step in steps]
    return bool(mine) and mine[-1] != "undone"


def left_behind(plan: Plan, folder: Path) -> str:
    """Production's fingerprint as the plan's last step left it."""
    hashes = [
        str(record.facts["after"])
        for record in read_journal(folder)
        if record.event in ("committing", "finished") and record.facts.get("after")
    ]
    return hashes[-1] if hashes else plan.fingerprint


def _transaction(step: Step, records: Sequence[Record], connection: Connection[Any]) -> Deed | None:
    for number, record in reversed(list(enumerate(records))):
        if record.event == "undone":
            return None
        if record.event != "committing":
            continue
        follows = records[number + 1].event if number + 1 < len(records) else ""
        xid = record.facts.get("xid")
        if follows == "finished" or (xid and committed(connection, str(xid))):
            facts = record.facts
            return Deed(
                step,
                {name: (i, u, d) for name, (i, u, d) in facts["rows"].items()},
                tuple(facts.get("created", ())),
                tuple(facts.get("dropped", ())),
                tuple(facts.get("replaced", ())),
                (int(xid) % WRAP,) if xid else (),
            )
    return None


def _backfill(step: Step, folder: Path, connection: Connection[Any]) -> Deed | None:
    """All pages, of which a journal that is read keeps only the last: so its lines are read."""
    pages: list[dict[str, Any]] = []
    for line in (folder / FILE).read_bytes().splitlines():
        try:
            data = json.loads(line)
        except ValueError:  # a torn last line
            continue
        if data.get("step") != step.id:
            continue
        if data["event"] == "undone":
            pages = []
        elif data["event"] == "page":
            pages.append(data["facts"])
    if not pages:
        return None
    xids = [str(facts["xid"]) for facts in pages if facts.get("xid")]
    happened = [xid for xid in xids if committed(connection, xid)]
    if not happened:
        return None
    last = pages[-1]
    whole = not last.get("xid") or str(last["xid"]) in happened
    rows = last["rows" if whole else "before_rows"]
    earlier = pages[0]["before_rows"]  # of a run of the same plan that was undone
    return Deed(
        step,
        {name: _less(each, earlier.get(name, (0, 0, 0))) for name, each in rows.items()},
        xids=tuple(int(xid) % WRAP for xid in happened),
    )


def _less(rows: Sequence[int], earlier: Sequence[int]) -> Rows:
    i, u, d = (now - then for now, then in zip(rows, earlier, strict=True))
    return i, u, d
