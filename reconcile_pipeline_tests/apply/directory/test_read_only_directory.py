"""A directory that cannot be written to, as a mounted ConfigMap or another user's checkout."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.run import ARCHIVE, DATABASE, HISTORY, apply_part, apply_plan
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline_tests.apply.faults.running import can_mount
from reconcile_pipeline_tests.apply.making import value

ASK = "SELECT to_regclass('public.user_profiles') IS NULL"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """For root too, whom no permission stops, where this machine lets us mount."""
    if os.geteuid():
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    if not can_mount():
        pytest.skip("root may write everywhere, and nothing can be mounted here")
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_production_was_changed_before_it_showed_that_the_directory_is_read_only(
    ready: Request,
) -> None:
    with read_only(ready.root / "migrations"):
        with pytest.raises(DirectoryError, match="cannot be written") as caught:
            apply_plan(ready)
        assert "Nothing was changed." in str(caught.value)
        assert value(ready.dsn, ASK)
    apply_plan(ready)


def test_nothing_was_changed_said_a_part_although_the_parts_before_it_had(ready: Request) -> None:
    apply_part(ready, DATABASE)
    apply_part(ready, HISTORY)
    with (
        read_only(ready.root / "migrations"),
        pytest.raises(DirectoryError, match="kept: table, trigger, index, fill, history") as caught,
    ):
        apply_part(ready, ARCHIVE)
    assert "Nothing was changed" not in str(caught.value)
