"""The Supabase CLI 3.1, run over TCP on a folder of migrations; its answers as values.

Its JSON output is read, never its prose. Seen by running it: the database needs no Docker and no
project, `--remote=URL` takes any PostgreSQL; a role named `postgres` must exist, since the CLI
switches to it when the URL names another user; `repair` wants `--yes` where nobody can be asked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

SECONDS = 60


class Refusal(StrEnum):
    """Why `db push` will not even look at the files."""

    REMOTE_WITHOUT_FILE = "DbPushMissingLocalError"  # a recorded version has no local file
    FILE_BEFORE_LAST = "DbPushMissingRemoteError"  # an unrecorded file sorts before a recorded one


@dataclass(frozen=True, slots=True)
class Row:
    """A line of `migration list`. A side that lacks the version holds ""."""

    local: str
    remote: str

    @property
    def equal(self) -> bool:
        """Both sides have it."""
        return self.local == self.remote


@dataclass(frozen=True, slots=True)
class Push:
    """What `db push --dry-run` says.

    `files`: names of the migrations it would run, in order. `versions`: with a refusal, the
    versions it refuses for. `advice`: the command it then advises, as it prints it.
    """

    up_to_date: bool
    files: tuple[str, ...] = ()
    refusal: Refusal | None = None
    versions: tuple[str, ...] = ()
    advice: str = ""


class SupabaseError(Exception):
    """The CLI failed in a way that is no answer; `code` is its own name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Supabase:
    """The CLI `program`, working in `folder`, whose migrations lie in `self.migrations`."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.migrations = folder / "supabase" / "migrations"
        self.migrations.mkdir(parents=True, exist_ok=True)

    def put(self, files: Mapping[str, str | bytes] | Iterable[Path]) -> None:
        """Replace the local migrations by these: names and contents, or files to copy."""
        for old in self.migrations.iterdir():
            old.unlink()
        pairs = (
            files.items()
            if isinstance(files, Mapping)
            else [(path.name, path.read_bytes()) for path in files]
        )
        for name, content in pairs:
            data = content.encode() if isinstance(content, str) else content
            (self.migrations / name).write_bytes(data)

    def migration_list(self, url: str) -> tuple[Row, ...]:
        """`migration list`: every version that either side has, in the CLI's order."""
        answer = self._run(url, "migration", "list")
        return tuple(Row(row["local"], row["remote"]) for row in answer["migrations"])

    def push_dry_run(self, url: str, *, include_all: bool = False) -> Push:
        """`db push --dry-run`: what it would run, or why it refuses."""
        options = ["--include-all"] if include_all else []
        try:
            answer = self._run(url, "db", "push", "--dry-run", *options)
        except _Answered as refused:
            return _refusal(refused)
        return Push(up_to_date=answer["upToDate"], files=tuple(answer["migrations"]))

    def repair(self, url: str, *versions: str, status: str = "applied") -> None:
        """`migration repair`: write ("applied") or delete ("reverted") these versions' rows."""
        if not versions:
            raise ValueError("without a version the CLI truncates the whole history")
        self._run(url, "migration", "repair", "--status", status, *versions)

    def _run(self, url: str, *arguments: str) -> Any:
        done = subprocess.run(
            [
                str(self.program), *arguments, f"--remote={url}", "--workdir", str(self.folder),
                "--output-format=json", "--agent=no", "--yes",
            ],
            cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise SupabaseError("no JSON", done.stdout + done.stderr) from None
        if answer.get("_tag") == "Error":
            error = answer["error"]
            raise _Answered(error["code"], error["message"], error.get("suggestion", ""))
        if done.returncode:
            raise SupabaseError(f"exit code {done.returncode}", done.stdout + done.stderr)
        return answer

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),  # it keeps a folder of its own there
            "SUPABASE_TELEMETRY_DISABLED": "1",
            "DO_NOT_TRACK": "1",
            "PGSSLMODE": "disable",
        }


class _Answered(SupabaseError):
    """An error that the CLI answered in JSON, with its suggestion."""

    def __init__(self, code: str, message: str, suggestion: str) -> None:
        super().__init__(code, message)
        self.suggestion = suggestion


def _refusal(error: _Answered) -> Push:
    try:
        refusal = Refusal(error.code)
    except ValueError:
        raise error from None
    if refusal is Refusal.REMOTE_WITHOUT_FILE:
        # supabase migration repair --status reverted 004 009 --remote=<db-url>
        found = re.search(r"--status reverted ((?:\S+ )*?)--remote", error.suggestion)
        versions = found[1].split() if found else []
    else:  # supabase/migrations/001_x.sql, a line each
        versions = re.findall(r"^\S*/([0-9]+)_\S*\.sql$", error.suggestion, re.MULTILINE)
    return Push(False, (), refusal, tuple(versions), error.suggestion.strip())
