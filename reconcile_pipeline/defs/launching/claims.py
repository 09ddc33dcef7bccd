"""Which process executes a run: a file that it holds a lock on for as long as it lives.

The lock dies with its process, so no number of a process that is gone is ever taken for it, and
whoever shares the folder may ask: the daemon after it was restarted, the web server that cancels.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = "forked_runs"  # in DAGSTER_HOME


@contextmanager
def claim(folder: Path, run_id: str) -> Iterator[None]:
    """Hold a run for as long as we work on it."""
    folder.mkdir(exist_ok=True)
    path = folder / run_id
    with path.open("w") as file:
        file.write(str(os.getpid()))
        file.flush()  # before it is locked: who sees the lock, reads the number
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def holder(folder: Path, run_id: str) -> int | None:
    """The process that works on a run; None where none does, or none has begun to."""
    with suppress(FileNotFoundError), (folder / run_id).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read())
    return None


def forget(folder: Path, run_id: str) -> None:
    """Take away what a killed process left behind."""
    (folder / run_id).unlink(missing_ok=True)
