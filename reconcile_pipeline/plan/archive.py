"""What happens to the local directory: archive, markers, quarantine, and what is written anew.

Everything from the first file that has to go into the archive on goes there, so that the one
reconciliation migration, which sorts last, can carry all their effects in their own order.

Where we write no history, nothing has to be kept in step: only a file goes of which production
lacks a part, or which shows nowhere and runs no more; and no marker stays behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.layouts import as_file
from reconcile_pipeline.migrations.layouts.common import New
from reconcile_pipeline.migrations.model import Inventory, Layout, MigrationFile
from reconcile_pipeline.plan.model import FileAction

ARCHIVE = "{directory}.applied.archive"
QUARANTINE = "{directory}.quarantine"

_STAYS = frozenset({Finding.SYNCHRONIZED, Finding.ALTERED, Finding.FILE_MISSING})
_NEVER = frozenset({Finding.PENDING, Finding.PENDING_DESTRUCTIVE, Finding.PHANTOM})


@dataclass(frozen=True, slots=True)
class Sorting:
    """Where each file goes. `archived` had effects in production; `out` never ran; `stay` stays."""

    stay: tuple[MigrationFinding, ...]
    archived: tuple[MigrationFinding, ...]
    out: tuple[MigrationFinding, ...]


def sort_files(
    report: DriftReport, target: Target, completed: frozenset[str], *, recording: bool = True
) -> Sorting:
    """Sort the migrations. `completed`: files of those that the plan runs to their end.
    `recording`: the history is one that we write.
    """
    listed = [m for m in report.migrations if m.file is not None]
    must_go = _must_go if recording else _is_no_use
    first = next((n for n, m in enumerate(listed) if must_go(m, completed)), len(listed))
    if target.archive_from:
        versions = [m.version for m in listed]
        if target.archive_from in versions:
            first = min(first, versions.index(target.archive_from))
    stay, archived, out = [], [], []
    for number, m in enumerate(listed):
        if m.finding in _NEVER and m.file not in completed:
            if target.never_applied == "keep" and m.finding is not Finding.PHANTOM:
                stay.append(m)
            else:
                out.append(m)
        elif number >= first:
            archived.append(m)
        else:
            stay.append(m)
    return Sorting(tuple(stay), tuple(archived), tuple(out))


def all_stay(sorting: Sorting, report: DriftReport) -> Sorting:
    """The files as they lie, where none would be left, and no reconciliation migration is written:
    then production has nothing of them, and a directory without files is nobody's to scan.
    """
    missing = any(m.finding is Finding.FILE_MISSING for m in report.migrations)
    if sorting.stay or sorting.archived or missing:
        return sorting
    return Sorting(sorting.out, (), ())


def _must_go(m: MigrationFinding, completed: frozenset[str]) -> bool:
    return m.finding not in _STAYS and (m.finding not in _NEVER or m.file in completed)


def _is_no_use(m: MigrationFinding, completed: frozenset[str]) -> bool:
    """Whether production lacks a part of the file, or shows nothing of it and a replay cannot run
    it: without what it came after, which left the directory, it would seem never to have run.
    """
    lacks_a_part = m.finding is Finding.HALF_APPLIED and m.file not in completed
    runs_no_more = (
        m.report is not None
        and m.report.verdict is MigrationVerdict.SUPERSEDED
        and all(s.error for s in m.report.statements)
    )
    return lacks_a_part or runs_no_more


def actions(
    sorting: Sorting,
    inventory: Inventory,
    history: HistoryState,
    report: DriftReport,
    target: Target,
    reconciliation: New | None,
    *,
    recording: bool = True,
    refused: Collection[str] = (),
) -> tuple[FileAction, ...]:
    """The changes to the directory, in order. `reconciliation`: the migration to write, if any.

    `refused`: labels of migrations that are not recorded; no marker says that they are.
    """
    directory = PurePosixPath(inventory.directory).name
    files = {file.path: file for file in inventory.files}
    archive = ARCHIVE.format(directory=directory)
    quarantine = QUARANTINE.format(directory=directory)
    found: list[FileAction] = []
    for m in sorting.archived:
        file = files[m.file or ""]
        found.append(_move("archive", directory, file, archive, m))
        named = recording and (m.recorded or (m.version or m.name) not in refused)
        if named and target.archive == "markers" and m.finding is not Finding.FILE_MISSING:
            found.append(_marker(directory, file.path, archive, m, inventory.layout))
    for m in sorting.out:
        file = files[m.file or ""]
        action = "archive" if target.never_applied == "archive" else "quarantine"
        place = archive if action == "archive" else quarantine
        found.append(_move(action, directory, file, place, m))
    rows = {row.version: row for row in history.rows}
    for m in report.migrations:
        if recording and m.finding is Finding.FILE_MISSING and m.version is not None:
            row = rows[m.version]
            name = f"{m.version}_{row.name or 'unknown'}.sql"
            found.append(_restored(directory, name, row.statements, inventory.layout))
    if reconciliation is not None:
        found.append(
            FileAction(
                "create", f"{directory}/{reconciliation.path}",
                content=reconciliation.text, sha256=_hash(reconciliation.text),
                reason="what the archived files and changes made by hand did to production",
            )
        )  # fmt: skip
    return tuple(found)


def _move(
    action: str, directory: str, file: MigrationFile, place: str, m: MigrationFinding
) -> FileAction:
    return FileAction(
        action, f"{directory}/{file.path}", f"{place}/{file.path}", sha256=file.sha256,
        reason=f"{m.finding.value}, {m.verdict}",
    )  # fmt: skip


def _marker(
    directory: str, path: str, archive: str, m: MigrationFinding, layout: Layout
) -> FileAction:
    content = as_file(
        layout,
        f"-- {m.version} is recorded in production's migration history. Its file was archived to\n"
        f"-- {archive}/{path}; what it did is part of the reconciliation migration.\n"
        "-- This marker keeps the history's client in step. It holds no statement.\n",
    )
    return FileAction(
        "marker", f"{directory}/{path}", content=content, sha256=_hash(content),
        reason="the history names this version",
    )  # fmt: skip


def _restored(
    directory: str, name: str, statements: Sequence[str] | None, layout: Layout
) -> FileAction:
    if statements and any(_does_something(s) for s in statements):
        body = ";\n\n".join(statements) + ";\n"
        content = (
            f"-- Restored from production's migration history; the file was missing.\n\n{body}"
        )
    else:
        content = (
            "-- This version is recorded in production's migration history, its file is missing,\n"
            "-- and the history kept no statements of it. This marker holds no statement either.\n"
        )
    content = as_file(layout, content)
    return FileAction(
        "restore", f"{directory}/{name}", content=content, sha256=_hash(content),
        reason="recorded, no local file",
    )  # fmt: skip


def _does_something(statement: str) -> bool:
    return any(
        line.strip() and not line.strip().startswith("--") for line in statement.splitlines()
    )


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
