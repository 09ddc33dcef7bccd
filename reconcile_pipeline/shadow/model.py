"""What a replay on the shadow showed, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.catalog.model import Difference, Snapshot


class Outcome(StrEnum):
    """What became of a statement on the shadow."""

    RAN = "ran"
    FAILED = "failed"
    PROBED = "probed"  # not part of this replay: run to see what it would do, then taken back


@dataclass(frozen=True, slots=True)
class RowChange:
    """Rows of one table that one statement touched on the shadow.

    `rows`: the rows it inserted or updated, each as a JSON object, at most
    `rows.ROW_LIMIT` of them.
    `inserted`, `updated`, `deleted`: PostgreSQL's own counters.
    """

    schema: str
    table: str
    inserted: int
    updated: int
    deleted: int
    rows: tuple[str, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One statement on the shadow. `file` and `index` count from 0.

    `sqlstate` and `error` where it failed; then it has no effects. `unchecked`: what the server has
    against the body of a function that was made all the same, with bodies unchecked.
    """

    file: int
    index: int
    outcome: Outcome
    effects: tuple[Difference, ...] = ()
    rows: tuple[RowChange, ...] = ()
    sqlstate: str = ""
    error: str = ""
    unchecked: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """One whole replay: every statement of the directory in order, and the catalog at its end."""

    start: Snapshot
    runs: tuple[Run, ...]
    end: Snapshot
