"""What a watcher sees, in the run folder as it sees it: a process that is killed takes none of it.

Two files. `waits.jsonl`: a line for each wait that ended. `watching-RUN.json`: the last sample,
written over in place. Neither is brought to disk by force: they outlive the process, not the
machine, and whether the machine was started anew in between is told by its boot id.

What happens between a killed process's last sample and the end of its server session is bounded by
the server: it ends the session of a client that is gone at once where it is idle, and within
`client_connection_check_interval` where it is at work (PostgreSQL's manual, "Connection Settings").
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

WAITS = "waits.jsonl"
LAST = "watching-{run}.json"
_WIDTH = 200  # bytes of the last sample's line
UNSEEN = "(while nobody could watch)"


@dataclass(frozen=True, slots=True)
class Wait:
    """One session's wait for us. `application` is what it calls itself; never its query."""

    application: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Last:
    """A watcher's last sample.

    `run`: the number of the journal's line that opened the run. `ongoing_ms`: the longest wait that
    had not ended. `grace_ms`: within which the server ends a dead client's session, 0: unknown.
    """

    run: int
    boot: str
    samples: int
    waiters: int
    ongoing_ms: int
    interval_ms: int
    grace_ms: int


class WatchLog:
    """One run's; used by the watcher's thread alone. A disk that refuses silences it for good."""

    def __init__(self, folder: Path, run: int) -> None:
        self.run = run
        self._folder = folder
        self._waits = self._last = -1
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT
            self._waits = os.open(folder / WAITS, flags | os.O_APPEND, 0o600)
            self._last = os.open(folder / LAST.format(run=run), flags, 0o600)

    def ended(self, wait: Wait) -> None:
        """A wait is over."""
        line = json.dumps({"run": self.run, **asdict(wait)}) + "\n"
        with suppress(OSError):
            os.write(self._waits, line.encode())

    def sampled(
        self, samples: int, waiters: int, ongoing_ms: int, interval_ms: int, grace_ms: int
    ) -> None:
        """The server was asked once more."""
        last = Last(self.run, boot_id(), samples, waiters, ongoing_ms, interval_ms, grace_ms)
        with suppress(OSError):
            os.pwrite(self._last, json.dumps(asdict(last)).ljust(_WIDTH).encode(), 0)

    def close(self) -> None:
        """No more is seen."""
        for handle in (self._waits, self._last):
            with suppress(OSError):
                os.close(handle)


def boot_id() -> str:
    """The number of this start of the machine, empty where the system doesn't say."""
    global _boot_id
    if _boot_id is None:
        try:
            _boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            _boot_id = ""
    return _boot_id


_boot_id: str | None = None


def read_last(folder: Path, run: int) -> Last | None:
    """The last sample of that run, or None where it came to none."""
    try:
        return Last(**json.loads((folder / LAST.format(run=run)).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def read_waits(folder: Path, run: int) -> list[Wait]:
    """The waits of that run that ended."""
    try:
        lines: Iterable[str] = (folder / WAITS).read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):  # a torn line
            data = json.loads(line)
            if data["run"] == run:
                found.append(Wait(str(data["application"]), int(data["milliseconds"])))
    return found
