"""The local directory: archive, quarantine, markers, the reconciliation migration.

Nothing is overwritten, nothing is changed before everything was checked, and each file is moved
byte for byte. A run that was killed is finished by the next one. Where git tracks a file it is
moved with `git mv`; new files are left for the user to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconcile_pipeline.apply.context import Outcome
from reconcile_pipeline.apply.directory import disk, manifest
from reconcile_pipeline.apply.directory.git import Git
from reconcile_pipeline.apply.directory.states import (
    MOVES,
    WRITES,
    Whole,
    check,
    content_hash,
    is_done,
    remember,
    whole,
)  # fmt: skip
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.plan.model import FileAction


@dataclass(frozen=True, slots=True)
class FileDone:
    """One action: `sha256` is of the file it left, `with_git` says how it was moved."""

    action: str
    path: str
    to: str
    sha256: str
    outcome: Outcome
    with_git: bool = False


@dataclass(frozen=True, slots=True)
class FilesResult:
    """What was done to the directory. `manifests` are paths; `note` is git's, if it has any."""

    files: tuple[FileDone, ...] = ()
    manifests: tuple[str, ...] = ()
    note: str = ""


def change_files(
    actions: Sequence[FileAction], root: Path, run_folder: Path, plan: str
) -> FilesResult:
    """Carry out a plan's file actions, in order.

    `root`: the folder that holds the migrations directory; `run_folder` keeps what was there
    before; `plan` is its hash. Raises DirectoryError: before the first change where one of them
    cannot be done, and in the middle where the disk refuses (run it again).
    """
    if not actions:
        return FilesResult()
    check(actions, root)
    done: list[FileDone] = []
    try:
        remember(actions, root, run_folder)
        manifests = manifest.write_manifests(actions, root, plan)
        git = Git(root)
        tracked = git.tracked(each.path for each in actions if each.action in MOVES)
        everything = whole(actions)
        for action in actions:
            done.append(_perform(action, root, everything, git, tracked))
        for folder in {disk.locate(root, each.path).parent for each in actions}:
            disk.clear(folder)
    except OSError as error:
        raise refused(error, done) from None
    return FilesResult(tuple(done), manifests, git.note)


def _perform(
    action: FileAction, root: Path, plan: Whole, git: Git, tracked: frozenset[str]
) -> FileDone:
    def result(outcome: Outcome, with_git: bool = False) -> FileDone:
        return FileDone(
            action.action, action.path, action.to, content_hash(action), outcome, with_git
        )

    if is_done(action, root, plan):
        return result(Outcome.ALREADY)
    path = disk.locate(root, action.path)
    if action.action in WRITES:
        disk.create(path, action.content.encode())
        return result(Outcome.DONE)
    target = disk.locate(root, action.to)
    if target.exists():  # killed between the two halves of a move
        disk.remove(path)
        return result(Outcome.DONE)
    target.parent.mkdir(parents=True, exist_ok=True)
    with_git = action.path in tracked and git.move(action.path, action.to)
    if not with_git:
        disk.move(path, target)
    if disk.sha256(target) != action.sha256:
        raise DirectoryError(f"{action.to} is not the file that was archived.")
    return result(Outcome.DONE, with_git)


def refused(error: OSError, done: Sequence[FileDone]) -> DirectoryError:
    """The error for a disk that refuses, saying what was changed before."""
    name = Path(str(error.filename)).name if error.filename else "The disk"
    changed = [each for each in done if each.outcome is Outcome.DONE]
    return DirectoryError(
        f"{name}: {error.strerror}.",
        hint="Mend that, and run this again: it goes on where it stopped.",
        changed=f"{len(changed)} files were changed." if changed else "No file was changed.",
    )
