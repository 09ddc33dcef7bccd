"""What the parts of an apply left, looked at again from outside."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psycopg

from reconcile_pipeline.apply.directory.manifest import FILE, READABLE, read_manifest
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history import supabase_split
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.inventory import take_inventory

SUPABASE = "supabase"


class Rechecked(NamedTuple):
    """How many things were looked at, and what is not as it should be."""

    looked_at: int
    problems: tuple[str, ...]


def history_of(target: ResolvedTarget) -> HistoryState:
    """The history's rows now. Raises TargetError."""
    with connect_to_read(target.dsn) as connection:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute("SET TRANSACTION READ ONLY")
                name = target.settings.history
                return (detect(connection) if name == "auto" else by_name(name)).read(connection)
        except psycopg.Error as error:
            raise unread(error, target.dsn, "The history") from None


def recorded_rows(target: ResolvedTarget, run: Run) -> Rechecked:
    """The rows of the plan's versions against what the history tool's own client would write.

    Supabase's holds name and statements too, other tools' that we write the version alone.
    """
    state = history_of(target)
    rows = {row.version: row for row in state.rows}
    problems = []
    for version in run.plan.record:
        if (row := rows.get(version)) is None:
            problems.append(f"{version} is not recorded")
            continue
        if state.tool != SUPABASE:
            continue
        name, text = _file(target, run, version)
        if row.name != name:
            problems.append(f"{version} has another name than its file")
        if row.statements != tuple(supabase_split.split(text)):
            problems.append(f"{version} has other statements than its file")
    problems += [f"{version} is still recorded" for version in run.plan.forget if version in rows]
    return Rechecked(len(run.plan.record), tuple(problems))


def manifests(target: ResolvedTarget, run: Run) -> Rechecked:
    """The archive's files against its manifests: each is there, with the bytes that it had."""
    root = target.directory.parent
    problems, looked_at = [], 0
    for folder in sorted({PurePosixPath(each.to).parts[0] for each in run.plan.files if each.to}):
        entries = {entry["file"]: entry.get("sha256") for entry in read_manifest(root / folder)}
        there = {
            path.relative_to(root / folder).as_posix()
            for path in (root / folder).rglob("*")
            if path.is_file() and path.name not in (FILE, READABLE)
        }
        looked_at += len(entries)
        for name in sorted(entries.keys() - there):
            problems.append(f"{folder}/{name} is in the manifest, but not in the folder")
        for name in sorted(there - entries.keys()):
            problems.append(f"{folder}/{name} is in the folder, but not in the manifest")
        for name in sorted(there & entries.keys()):
            if _sha256(root / folder / name) != entries[name]:
                problems.append(f"{folder}/{name} is not the file that was archived")
    return Rechecked(looked_at, tuple(problems))


def refusals(target: ResolvedTarget) -> Rechecked:
    """Why the history tool's client would refuse to push, or what it would push: by versions."""
    local = {f.version for f in take_inventory(target.directory, target.layout).files if f.version}
    remote = history_of(target).versions()
    problems = [f"{v} is recorded, but has no local file" for v in sorted(remote - local)]
    problems += [f"{v} is not recorded: it would be pushed" for v in sorted(local - remote)]
    return Rechecked(len(local | remote), tuple(problems))


def _file(target: ResolvedTarget, run: Run, version: str) -> tuple[str, str]:
    """Name and text of the file that a version was recorded from, wherever it lies by now."""
    root = target.directory.parent
    for action in run.plan.files:
        found, _, name = PurePosixPath(action.path).stem.partition("_")
        if found != version:
            continue
        if action.action in ("create", "restore"):
            return name, action.content
        if action.to:
            archived = root / action.to
            return name, _text(archived if archived.exists() else root / action.path)
    for file in take_inventory(target.directory, target.layout).files:
        if file.version == version:
            return file.name, _text(target.directory / file.path)
    return "", ""


def _text(path: Path) -> str:
    """As the client reads it: a replacement character for what is not UTF-8."""
    return path.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
