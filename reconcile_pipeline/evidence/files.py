"""Files that are either there whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconcile_pipeline.errors import EvidenceError

TEMPORARY = ".writing-"
"""How the name of a file begins that is not finished; a crash can leave one behind."""

_HINTS = {
    errno.ENOSPC: "Free some space there",
    errno.EDQUOT: "Free some of the account's quota there",
    errno.EFBIG: "Raise the limit on the size of a file",
    errno.EROFS: "Make the folder writable",
    errno.EACCES: "Make the folder writable",
    errno.EPERM: "Make the folder writable",
}


def write(path: Path, data: bytes) -> None:
    """Replace or make a file: written beside, flushed to the disk, then renamed over it.

    Whatever goes wrong, `path` holds its old bytes or its new ones. Raises EvidenceError.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise unwritable(path.parent, error) from None


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner reads, with its parents. Raises EvidenceError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other writers, waiting for them. Raises EvidenceError."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def unwritable(folder: Path, error: OSError) -> EvidenceError:
    """What to tell a person whose evidence folder cannot be written."""
    todo = _HINTS.get(error.errno or 0, "See that the folder can be written")
    return EvidenceError(
        f"Evidence cannot be written to {folder}: {os.strerror(error.errno or 0).lower()}.",
        hint=f"{todo}, or name another folder as `evidence` in reconcile.toml; then run it again. "
        "What was written before is whole.",
        changed="",
    )


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
