"""What of git a move of files needs; everything goes on without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

# Set by git for its hooks: they would make us work on another repository.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class Git:
    """The repository that a folder is in, if any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.note = ""
        self.works = False
        if shutil.which("git") is None:
            return
        done = self._run("rev-parse", "--is-inside-work-tree")
        self.works = done.returncode == 0 and done.stdout.strip() == "true"
        if not self.works and "dubious ownership" in done.stderr:
            self.note = "git does not trust this repository's owner; files were moved without it"

    def tracked(self, paths: Iterable[str]) -> frozenset[str]:
        """Which of these paths, relative to the folder, git tracks."""
        wanted = sorted(paths)
        if not self.works or not wanted:
            return frozenset()
        done = self._run("ls-files", "-z", "--", *wanted)
        return frozenset(each for each in done.stdout.split("\0") if each)

    def move(self, path: str, to: str) -> bool:
        """`git mv`; False where git refuses (its index is locked, for example)."""
        done = self._run("mv", "--", path, to)
        if done.returncode and not self.note:
            self.note = "git mv refused; files were moved without it"
        return done.returncode == 0

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN}
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=self.folder, env={**environment, "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="surrogateescape", check=False,
        )  # fmt: skip
