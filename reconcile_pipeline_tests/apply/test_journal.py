"""The journal can be read after whatever happens to its writer."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from reconcile_pipeline.apply import journal as module
from reconcile_pipeline.apply.journal import FILE, Journal, read_journal
from reconcile_pipeline.errors import ApplyError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    with Journal(tmp_path / "run", "p") as journal:
        journal.write("committing", "1", after="f2", rows={"a": [1, 2, 3]})
        journal.write("finished", "1", tries=1)
        assert journal.fingerprints() == {"f2"}
    records = read_journal(tmp_path / "run")
    assert [(r.seq, r.event, r.step) for r in records] == [
        (1, "committing", "1"),
        (2, "finished", "1"),
    ]
    assert records[0].facts["rows"] == {"a": [1, 2, 3]}


def test_a_torn_last_line_was_never_written(tmp_path: Path) -> None:
    with Journal(tmp_path, "p") as journal:
        journal.write("started", "1")
    with (tmp_path / FILE).open("a") as file:
        file.write('{"seq": 2, "time"')
    assert len(read_journal(tmp_path)) == 1
    with Journal(tmp_path, "p") as journal:
        journal.write("started", "2")
    assert [r.step for r in read_journal(tmp_path)] == ["1", "2"]


def test_a_line_that_is_damaged_in_the_middle_stops_us(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"seq": 1\n')
    with pytest.raises(ApplyError, match="Line 1"):
        Journal(tmp_path, "p")


def test_another_plans_folder_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path, "p") as journal:
        journal.write("started")
    with pytest.raises(ApplyError, match="another plan"):
        Journal(tmp_path, "q")


def test_two_writers_are_one_too_many(tmp_path: Path) -> None:
    with Journal(tmp_path, "p"), pytest.raises(ApplyError, match="Another process"):
        Journal(tmp_path, "p")


def test_a_full_disk_uses_the_reserve_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "p")
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if (tmp_path / module.RESERVE).exists():
            write(handle, data[:5])  # a disk fills up in the middle of a line
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    journal.write("finished", "1")
    assert not journal.reserve_left()
    monkeypatch.undo()
    assert [r.step for r in read_journal(tmp_path)] == ["1"]
    journal.close()


def test_a_disk_that_is_full_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ApplyError, match="No space left"):
        Journal(tmp_path, "p")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ApplyError, match="cannot be written"):
        Journal(tmp_path / "file" / "run", "p")
