"""What a plan's file actions may find: each file as it was, or as they leave it, no third way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconcile_pipeline.apply.directory import disk
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.plan.model import FileAction

BEFORE = "files_before.json"
MOVES = frozenset({"archive", "quarantine"})
WRITES = frozenset({"marker", "create", "restore"})


def content_hash(action: FileAction) -> str:
    """The hash that the file at `to` (moves) or `path` (writes) has afterwards."""
    if action.action in MOVES:
        return action.sha256
    return hashlib.sha256(action.content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a plan's actions together. `left`: path -> hash of what is written to it; `moved`:
    path -> hash of the file that is moved away from it."""

    left: Mapping[str, str]
    moved: Mapping[str, str]


def whole(actions: Sequence[FileAction]) -> Whole:
    """What the actions write and move."""
    return Whole(
        {each.path: content_hash(each) for each in actions if each.action in WRITES},
        {each.path: each.sha256 for each in actions if each.action in MOVES},
    )


def check(actions: Sequence[FileAction], root: Path) -> None:
    """Raise DirectoryError unless every action can be done, or is done. Changes nothing."""
    plan = whole(actions)
    for action in actions:
        if action.action in WRITES and action.sha256 not in ("", content_hash(action)):
            raise DirectoryError(f"The plan's content for {action.path} is not the one it hashed.")
        if action.action not in MOVES | WRITES:
            raise DirectoryError(f"The plan asks for an unknown action: {action.action}.")
        is_done(action, root, plan, ahead=True)


def check_writable(actions: Sequence[FileAction], root: Path) -> None:
    """Raise DirectoryError where a folder that they change is read-only. Writes nothing.

    Asked before production is changed: to find out afterwards would leave the two apart.
    """
    plan = whole(actions)
    left = [each for each in actions if not is_done(each, root, plan, ahead=True)]
    for folder in {disk.locate(root, p).parent for a in left for p in (a.path, a.to) if p}:
        if not disk.writable(folder):
            raise DirectoryError(
                f"{folder} cannot be written to, and the plan changes files there.",
                hint="Make it writable, or apply from where it is; then run this again.",
            )


def is_done(action: FileAction, root: Path, plan: Whole, *, ahead: bool = False) -> bool:
    """True where nothing is left to do for it. Raises DirectoryError where it cannot be done.

    `ahead`: the actions before it are not done yet, so a file that one of them moves away may
    still be in its place.
    """
    here = disk.sha256(disk.locate(root, action.path))
    if action.action in WRITES:
        if here == content_hash(action):
            return True
        if here is not None and not (ahead and here == plan.moved.get(action.path)):
            raise _differs(action.path, "another file is there already")
        return False
    there = disk.sha256(disk.locate(root, action.to))
    if there not in (None, action.sha256):
        raise _differs(action.to, "another file is there already")
    if here == action.sha256 and plan.left.get(action.path) != here:
        return False
    if there == action.sha256 and here in (None, plan.left.get(action.path)):
        return True
    raise _differs(action.path, "it is gone" if here is None else "it is not the planned one")


def remember(actions: Sequence[FileAction], root: Path, run_folder: Path) -> None:
    """Keep, once, what the folders held before the first change."""
    if not (run_folder / BEFORE).exists():
        text = json.dumps(listing(actions, root), indent=1, sort_keys=True) + "\n"
        disk.replace(run_folder / BEFORE, text.encode())


def only_ours(actions: Sequence[FileAction], root: Path, run_folder: Path) -> bool:
    """True where the folders hold what they held before, but for what these actions have done."""
    try:
        before = json.loads((run_folder / BEFORE).read_bytes())
        now = listing(actions, root)
        plan = whole(actions)
        for action in actions:
            is_done(action, root, plan, ahead=True)
    except (OSError, ValueError, DirectoryError):
        return False
    touched = {each.path for each in actions} | {each.to for each in actions if each.to}
    return {p: h for p, h in before.items() if p not in touched} == {
        p: h for p, h in now.items() if p not in touched
    }


def listing(actions: Sequence[FileAction], root: Path) -> dict[str, str | None]:
    """Path -> hash of every file in the topmost folders that the actions work in."""
    folders = {PurePosixPath(each.path).parts[0] for each in actions}
    return {
        file.relative_to(root).as_posix(): disk.sha256(file)
        for folder in sorted(folders)
        for file in sorted((root / folder).rglob("*"))
        if file.is_file() and not file.name.endswith(disk.TEMPORARY)
    }


def _differs(path: str, why: str) -> DirectoryError:
    return DirectoryError(f"{path}: {why}.", hint="Make a new plan from the directory as it is.")
