"""Put the local directory back to what it was before a plan changed it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconcile_pipeline.apply.context import Outcome
from reconcile_pipeline.apply.directory import disk, manifest
from reconcile_pipeline.apply.directory.files import FileDone, FilesResult, refused
from reconcile_pipeline.apply.directory.git import Git
from reconcile_pipeline.apply.directory.states import MOVES, Whole, content_hash, whole
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.plan.model import FileAction


def undo_files(actions: Sequence[FileAction], root: Path) -> FilesResult:
    """Undo the actions, last one first; what is undone already is passed over.

    Raises DirectoryError, before the first change, where a file is not as the actions left it.
    """
    check_undo(actions, root)
    plan = whole(actions)
    done: list[FileDone] = []
    git = Git(root)
    try:
        for action in reversed(actions):
            outcome, with_git = Outcome.ALREADY, False
            if not _is_undone(action, root, plan):
                outcome, with_git = Outcome.DONE, _undo(action, root, git)
            done.append(
                FileDone(f"undo {action.action}", action.path, action.to, "", outcome, with_git)
            )
        manifest.forget(actions, root)
    except OSError as error:
        raise refused(error, done) from None
    return FilesResult(tuple(done), (), git.note)


def check_undo(actions: Sequence[FileAction], root: Path) -> None:
    """Raise DirectoryError unless every action can be undone, or is. Changes nothing."""
    plan = whole(actions)
    for action in actions:
        _is_undone(action, root, plan, ahead=True)


def _is_undone(action: FileAction, root: Path, plan: Whole, *, ahead: bool = False) -> bool:
    """True where nothing is left to undo. `ahead`: what the plan wrote may be there still."""
    here = disk.sha256(disk.locate(root, action.path))
    if action.action not in MOVES:
        if here in (None, plan.moved.get(action.path)):
            return True
        if here != content_hash(action):
            raise DirectoryError(f"{action.path} was changed since; it stays as it is.")
        return False
    there = disk.sha256(disk.locate(root, action.to))
    if here == action.sha256 and there is None:
        return True
    allowed = (None, action.sha256, plan.left.get(action.path) if ahead else None)
    if there != action.sha256 or here not in allowed:
        path = action.path if there == action.sha256 else action.to
        raise DirectoryError(f"{path} was changed since; it stays as it is.")
    return False


def _undo(action: FileAction, root: Path, git: Git) -> bool:
    """Undo one; True where git did it."""
    path = disk.locate(root, action.path)
    if action.action not in MOVES:
        disk.remove(path)
        return False
    source = disk.locate(root, action.to)
    if path.exists():  # killed between the two halves of a move
        disk.remove(source)
        return False
    if git.tracked([action.to]) and git.move(action.to, action.path):
        return True
    disk.move(source, path)
    return False
