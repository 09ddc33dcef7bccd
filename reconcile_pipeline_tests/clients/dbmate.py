"""dbmate 2.36, run over TCP on a folder of migrations.

Seen by running it: `status --exit-code` ends with 1 where a file is pending and looks at names
alone; `up` reads every file that it runs, and refuses one without `-- migrate:up`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from reconcile_pipeline_tests.clients.npm import NODE_MODULES, missing

SECONDS = 60


def find_dbmate() -> Path | None:
    """The client: `DBMATE`, else what `npm ci` installed."""
    chosen = os.environ.get("DBMATE")
    path = Path(chosen) if chosen else NODE_MODULES / ".bin" / "dbmate"
    return path if path.exists() and (chosen or shutil.which("node")) else None


class Dbmate:
    """The client, on one folder of migrations. Without it the test is skipped, or fails in CI."""

    def __init__(self, migrations: Path) -> None:
        program = find_dbmate()
        if program is None:
            missing("dbmate is not installed: run `npm ci`, or set DBMATE")
        self.program = program
        self.migrations = migrations

    def pending(self, url: str) -> tuple[str, ...]:
        """`status`: the files that `up` would run."""
        lines = self._run(url, "status").splitlines()
        return tuple(line.removeprefix("[ ]").strip() for line in lines if line.startswith("[ ]"))

    def up(self, url: str) -> tuple[str, ...]:
        """`up`: run what is pending; the files that it ran."""
        said = self._run(url, "up")
        return tuple(
            line.removeprefix("Applying:").strip()
            for line in said.splitlines()
            if line.startswith("Applying:")
        )

    def _run(self, url: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.program), f"--url={url}", f"--migrations-dir={self.migrations}",
             "--no-dump-schema", *arguments],
            cwd=self.migrations.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=SECONDS, env={"PATH": os.environ.get("PATH", ""), "PGSSLMODE": "disable"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
