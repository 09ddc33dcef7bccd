"""What others have changed since a run: may it be taken back all the same?

Compared in the evidence's words, which mask secrets and addresses: so a change inside what is
masked does not show here, and counts as one that nobody can place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.undo.take_back import Check
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Difference, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.drift.words import listing
from reconcile_pipeline.errors import ApplyError, EvidenceError, PlanError
from reconcile_pipeline.evidence import encode
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import load
from reconcile_pipeline.evidence.redaction import Redactor
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.history.model import HistoryState

FORWARD = "Change production forward, with a new migration, or take the later change back first."


@dataclass(frozen=True, slots=True)
class Sides:
    """Production before a run and after it, as its evidence tells; `after` may not be known."""

    before: Snapshot
    history_before: HistoryState
    after: Snapshot | None
    history_after: HistoryState | None
    secrets: tuple[str, ...] = field(default=(), repr=False)


def sides(run: Run, secrets: tuple[str, ...]) -> Sides:
    """Read them, all masked alike: `secrets` are the connection strings of now. Raises
    EvidenceError.
    """
    after: Snapshot | None = None
    history_after: HistoryState | None = None
    with suppress(EvidenceError):  # a run that did not end
        after = decode(Snapshot, load(run.stage(stages.SNAPSHOT_AFTER)))
        history_after = decode(HistoryState, load(run.stage(stages.HISTORY_AFTER)))
    before = decode(Snapshot, load(run.stage(stages.SNAPSHOT)))
    history_before = decode(HistoryState, load(run.stage(stages.HISTORY)))
    return Sides(
        _masked(Snapshot, before, secrets),
        _masked(HistoryState, history_before, secrets),
        None if after is None else _masked(Snapshot, after, secrets),
        None if history_after is None else _masked(HistoryState, history_after, secrets),
        secrets,
    )


def check_later(known: Sides, now: Snapshot, history: HistoryState) -> tuple[Difference, ...]:
    """What others have changed since, where none of it touches what the run did.

    Raises PlanError that names what is in the way.
    """
    if known.after is None or known.history_after is None:
        raise PlanError(
            "Production has changed since the run, and the run did not end: nothing tells its "
            "changes from those of others.", hint=FORWARD,
        )  # fmt: skip
    if news := tuple(_history(known.history_after, _masked(HistoryState, history, known.secrets))):
        raise PlanError(f"It cannot be undone: {listing(news, limit=5)}.", hint=FORWARD)
    ours = compare(known.before, known.after)
    later = compare(known.after, _masked(Snapshot, now, known.secrets))
    touched = {d.id for d in ours} | {
        d.parent for d in ours if d.parent and d.parent in _made(ours)
    }
    hit = [
        f"{d.id} was {d.change.value} since the run"
        for d in later
        if d.id in touched or d.parent in touched
    ]
    if hit:
        raise PlanError(f"It cannot be undone: {listing(tuple(hit), limit=5)}.", hint=FORWARD)
    if not later:
        raise PlanError(
            "Production has changed since the run, in something that evidence does not show.",
            hint=FORWARD,
        )
    return later


def leads_back(known: Sides, later: tuple[Difference, ...]) -> Check:
    """A check for the open transaction: all is as before the run, but for what others changed."""
    wanted = {_key(d) for d in later}

    def check(connection: Connection[Any]) -> None:
        now = _masked(Snapshot, read(connection, managed=MANAGED_SCHEMAS), known.secrets)
        found = {_key(d) for d in compare(known.before, now)}
        if off := sorted(f"{kind} {identity}" for kind, identity, *_ in found ^ wanted):
            raise ApplyError(
                "The undo was rolled back: it does not lead back to what was there before "
                f"({listing(tuple(dict.fromkeys(off)), limit=5)}).", hint=FORWARD,
            )  # fmt: skip

    return check


def _made(differences: tuple[Difference, ...]) -> frozenset[object]:
    return frozenset(d.id for d in differences)


def _key(d: Difference) -> tuple[str, str, str, str]:
    return d.id.kind.value, d.id.identity, d.change.value, ",".join(d.facets)


def _history(was: HistoryState, now: HistoryState) -> Iterator[str]:
    old = {row.version: row for row in was.rows}
    new = {row.version: row for row in now.rows}
    for version in sorted(old.keys() | new.keys(), key=str):
        if version not in old:
            yield f"version {version} was recorded since the run"
        elif version not in new:
            yield f"version {version} left the history since the run"
        elif old[version] != new[version]:
            yield f"version {version} was changed in the history since the run"


def _masked(kind: type[Any], value: object, secrets: tuple[str, ...]) -> Any:
    """The value as it would be read from evidence."""
    return decode(kind, load(encode.dump(Redactor(secrets).value(value))))
