"""What an apply did, line by line, on disk before the next thing happens.

One JSON object a line. A line is on disk when `write` returns. A process that is killed leaves at
most one torn last line, which counts as never written. Order is `seq`, never the clock.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from reconcile_pipeline.errors import ApplyError

FILE = "journal.jsonl"
RESERVE = "journal.reserve"
RESERVE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One line. `facts` depend on the event; milliseconds are whole numbers."""

    seq: int
    time: str
    plan: str
    event: str
    step: str
    facts: Mapping[str, Any]


def read_journal(folder: Path) -> tuple[Record, ...]:
    """All whole lines of a run folder's journal; none where there is no journal."""
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return ()
    records = []
    for line in text[: text.rfind(b"\n") + 1].splitlines():
        try:
            data = json.loads(line)
            records.append(Record(**{each: data[each] for each in Record.__slots__}))
        except (ValueError, KeyError, TypeError):
            raise ApplyError(
                f"Line {len(records) + 1} of the journal cannot be read.",
                hint="Was it changed by hand? Make a new plan.",
            ) from None
    return tuple(records)


def finished(records: Iterable[Record]) -> tuple[str, ...]:
    """The steps that these records say are done and not taken back."""
    last = {r.step: r.event for r in records if r.event in ("finished", "undone")}
    return tuple(step for step, event in last.items() if event == "finished")


class Journal:
    """One plan's journal, open for writing; only one process at a time has it.

    Some space is kept in reserve, so that a disk that fills up does not leave us mute between two
    steps: the reserve is given up, the step ends, and the next one is not begun.
    """

    def __init__(self, folder: Path, plan: str) -> None:
        """Open, or begin, the journal of this plan hash. Raises ApplyError where that can't be."""
        self.folder = folder
        self.plan = plan
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _unwritable(error) from None
        try:
            self._begin()
        except BaseException:
            os.close(self._file)
            raise

    def _begin(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ApplyError(
                "Another process is applying this plan.", hint="Wait until it has finished."
            ) from None
        self.records: list[Record] = []
        for record in read_journal(self.folder):
            _keep(self.records, record)
        if any(record.plan != self.plan for record in self.records):
            raise ApplyError("The run folder belongs to another plan.", hint="Choose another one.")
        try:
            whole = (self.folder / FILE).read_bytes().rfind(b"\n") + 1
            os.ftruncate(self._file, whole)  # a torn last line
            (self.folder / RESERVE).write_bytes(b"\0" * RESERVE_BYTES)
            _sync_folder(self.folder)
        except OSError as error:
            raise _unwritable(error) from None

    def write(self, event: str, step: str = "", *, sync: bool = True, **facts: Any) -> Record:
        """Add a line and wait until it is on disk. Raises ApplyError where the disk refuses.

        Without `sync` the line survives this process, but not a crash of the machine.
        """
        record = Record(
            (self.records[-1].seq if self.records else 0) + 1,
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            self.plan,
            event,
            step,
            facts,
        )
        line = json.dumps({each: getattr(record, each) for each in Record.__slots__}) + "\n"
        end = os.fstat(self._file).st_size
        try:
            self._append(line.encode(), end, sync)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise _unwritable(error) from None
            (self.folder / RESERVE).unlink(missing_ok=True)
            try:
                self._append(line.encode(), end, sync)
            except OSError as again:
                raise _unwritable(again) from None
        _keep(self.records, record)
        return record

    def of(self, step: str, *events: str) -> tuple[Record, ...]:
        """This step's records of these events, oldest first."""
        return tuple(r for r in self.records if r.step == step and r.event in events)

    def finished(self) -> tuple[str, ...]:
        """The steps that this plan has done and not taken back, in whatever run of it."""
        return finished(self.records)

    def fingerprints(self) -> frozenset[str]:
        """What this plan's own steps made of production, or were about to make of it."""
        return frozenset(
            r.facts["after"]
            for r in self.records
            if r.event in ("committing", "started", "finished", "settled") and r.facts.get("after")
        )

    def reserve_left(self) -> bool:
        """False once the disk was full: no further step may begin."""
        return (self.folder / RESERVE).exists()

    def close(self) -> None:
        """Let the next process have it."""
        (self.folder / RESERVE).unlink(missing_ok=True)
        os.close(self._file)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, line: bytes, end: int, sync: bool) -> None:
        try:
            while line:
                line = line[os.write(self._file, line) :]
            if sync:
                os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, end)
            raise


def _keep(records: list[Record], record: Record) -> None:
    """Add it; of a run of pages only the last counts, or a long backfill would fill the memory."""
    if records and record.event == "page" == records[-1].event and record.step == records[-1].step:
        records.pop()
    records.append(record)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(error: OSError) -> ApplyError:
    return ApplyError(
        f"The journal cannot be written: {error.strerror}.",
        hint="Nothing is done without it. Free some space, or choose another evidence folder.",
    )
