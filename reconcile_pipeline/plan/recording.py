"""Which versions the history gains and loses, and what is left to the history's own client."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.history.written import own_way, written
from reconcile_pipeline.plan.archive import Sorting

TO_RECORD = frozenset({Finding.UNRECORDED, Finding.HALF_APPLIED})


@dataclass(frozen=True, slots=True)
class Recording:
    """`record` and `forget`: versions. `declined`: finding -> why the history is left so."""

    record: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    declined: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def is_written(history: HistoryState, target: Target) -> bool:
    """Whether this plan may write the history."""
    return target.history != "none" and written(history) is not None


def recording(
    report: DriftReport,
    history: HistoryState,
    target: Target,
    sorting: Sorting,
    completed: Collection[str],
    refused: Collection[str],
    migration: str | None,
) -> Recording:
    """What becomes of the history. `completed`: files that the plan runs to their end; `refused`:
    labels of migrations of which it cannot. `migration`: version of the reconciliation migration.
    """
    if not is_written(history, target):
        return _left_to_others(report, history, migration)
    squashed = {m.version for m in sorting.archived} if target.archive == "squash" else set()
    record = [
        m.version
        for m in report.migrations
        if m.version
        and not m.recorded
        and (m.finding in TO_RECORD or m.file in completed)
        and m.version not in refused
        and m.version not in squashed
    ]
    forget = [
        m.version
        for m in report.migrations
        if m.version
        and (
            (m.finding is Finding.PHANTOM and target.phantom == "unrecord")
            or (m.recorded and m.version in squashed)
        )
    ]
    # Two files may share a version: the history names it for the one that is there.
    shared = {
        m.version: m.file
        for m in report.migrations
        if m.version in forget and m.finding is not Finding.PHANTOM and m.version not in squashed
    }
    declined = {
        str(version): f"nothing of one file of this version is there, but {file} has it, too"
        for version, file in shared.items()
    }
    forget = [version for version in dict.fromkeys(forget) if version not in shared]
    if migration is not None:
        record.append(migration)
    gone = [m.version for m in sorting.archived if m.version in record or m.recorded]
    warnings: tuple[str, ...] = ()
    if target.archive == "move" and gone:
        names = ", ".join(str(version) for version in gone)
        warnings = (
            f'archive = "move" leaves no file for {names}, which the history names: its client '
            "will refuse to push until they are there again, as markers at least.",
        )
    return Recording(tuple(dict.fromkeys(record)), tuple(forget), declined, warnings)


def _left_to_others(report: DriftReport, history: HistoryState, migration: str | None) -> Recording:
    """There is no history, or it is one that we don't write."""
    tool = history.tool
    if tool == "none" or written(history) is not None:
        return Recording()
    declined = {
        m.version or m.name: f"{words}, and the history is {tool}'s: {own_way(tool)}"
        for m in report.migrations
        if (words := _words(m))
    }
    warnings: tuple[str, ...] = ()
    if migration is not None:
        warnings = (
            f"Production has all that version {migration} does: record it ({own_way(tool)}) "
            f"before {tool} runs again, or {tool} will run it.",
        )
    return Recording(declined=declined, warnings=warnings)


def _words(m: MigrationFinding) -> str:
    match m.finding:
        case Finding.UNRECORDED:
            return "it is live and not recorded"
        case Finding.PHANTOM:
            return "it is recorded and not there"
        case Finding.FILE_MISSING:
            return "it is recorded and has no file: bring that back from version control"
        case _:
            return ""
