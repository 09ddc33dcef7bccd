"""Files are moved all the same after a kill or a full disk, and where links are missing."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from reconcile_pipeline.apply.directory import disk
from reconcile_pipeline.apply.directory.states import only_ours
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline_tests.apply.moving import ACTIONS, AFTER, held, project, run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with files that are moved and one that stays."""
    return project(tmp_path)


@pytest.mark.parametrize("call", ["link", "unlink", "fsync"])
@pytest.mark.parametrize("number", range(1, 12, 2))
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    class Killed(BaseException):
        pass

    real, calls = getattr(os, call), []

    def dies(*arguments: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == number:
            raise Killed
        return real(*arguments, **more)

    monkeypatch.setattr(os, call, dies)
    untouched = held(root)
    with suppress(Killed):
        run(root)
    monkeypatch.undo()
    assert held(root) == untouched or only_ours(ACTIONS, root, root.parent / "run")
    run(root)
    assert held(root) == AFTER


def test_a_full_disk_is_said_and_loses_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(root)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "008_x.sql")

    monkeypatch.setattr(disk, "sync", full)
    with pytest.raises(DirectoryError, match="No space left"):
        run(root)
    monkeypatch.undo()
    assert set(before.values()) <= set(held(root).values())
    run(root)
    assert held(root) == AFTER


def test_a_file_system_without_links_will_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*arguments: object, **more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    run(root)
    assert held(root) == AFTER


def test_only_ours_tells_our_changes_from_others(root: Path) -> None:
    folder = root.parent / "run"
    assert not only_ours(ACTIONS, root, folder)
    run(root)
    assert only_ours(ACTIONS, root, folder)
    (root / "migrations/003_core.sql").write_text("changed")
    assert not only_ours(ACTIONS, root, folder)
    (root / "migrations/003_core.sql").write_bytes(b"--\n")
    (root / "migrations/099_more.sql").write_text("new")
    assert not only_ours(ACTIONS, root, folder)
