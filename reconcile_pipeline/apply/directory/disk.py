"""Moves and writes that never overwrite anything, and are whole or not at all after a crash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath

from reconcile_pipeline.errors import DirectoryError

TEMPORARY = ".reconcile-tmp"


def locate(root: Path, path: str) -> Path:
    """The file of a plan's relative path. Raises DirectoryError for one that leaves the folder.

    Symbolic links on the way are refused too, but for the topmost folder itself.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or len(pure.parts) < 2 or "\0" in path:
        raise DirectoryError(f"The plan names a path that we do not go to: {path}.")
    found = root / pure.parts[0]
    for part in pure.parts[1:]:
        found = found / part
        if found.is_symlink():
            raise DirectoryError(f"{path} is, or goes through, a symbolic link.")
    return found


def sha256(path: Path) -> str | None:
    """The file's hash (hex), or None. Raises DirectoryError for what is there and no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DirectoryError(f"{path.name} cannot be read: {error.strerror}.") from None


def writable(folder: Path) -> bool:
    """Whether files may be made in the folder, or it may be made itself. Writes nothing.

    False on a file system that is read-only, for root too.
    """
    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def move(source: Path, target: Path) -> None:
    """Move a file to where nothing is. After a crash it may be in both places, never in none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sync(source)
    try:
        os.link(source, target)  # unlike rename, this never replaces anything
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        create(target, source.read_bytes())
    sync(target.parent)
    source.unlink()
    sync(source.parent)


def create(path: Path, content: bytes) -> None:
    """Write a new file where nothing is, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f".{path.name}{TEMPORARY}")
    building.write_bytes(content)
    sync(building)
    try:
        os.link(building, path)
        building.unlink()
    except FileExistsError:
        building.unlink()
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        building.rename(path)
    sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file of our own, new or again, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f".{path.name}{TEMPORARY}")
    building.write_bytes(content)
    sync(building)
    building.replace(path)
    sync(path.parent)


def remove(path: Path) -> None:
    """Delete a file."""
    path.unlink()
    sync(path.parent)


def clear(folder: Path) -> None:
    """Delete what a killed run left half written."""
    for left in folder.glob(f".*{TEMPORARY}"):
        left.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the file's, or the folder's, state is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
