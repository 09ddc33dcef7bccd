"""A project folder, what a plan does to its files, and how it looks after, for the tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reconcile_pipeline.apply.directory.files import FilesResult, change_files
from reconcile_pipeline.plan.model import FileAction

OLD = b"\xef\xbb\xbfCREATE TABLE t ();\r\n-- \xff\x00 no newline at the end"
NEVER = b"TRUNCATE t CASCADE;\n"
MARKER = "-- 008 is archived.\n"
NEW = "CREATE TABLE t (); -- ä\n"


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


ACTIONS = (
    FileAction("archive", "migrations/008_x.sql", "migrations.applied.archive/008_x.sql",
               sha256=digest(OLD), reason="unrecorded, applied"),
    FileAction("marker", "migrations/008_x.sql", content=MARKER, sha256=digest(MARKER.encode())),
    FileAction("quarantine", "migrations/011_y.sql", "migrations.quarantine/011_y.sql",
               sha256=digest(NEVER), reason="pending_destructive, not_applied"),
    FileAction("create", "migrations/022_reconcile.sql", content=NEW),
    FileAction("restore", "migrations/002_z.sql", content="SELECT 1;\n"),
)  # fmt: skip
AFTER = {
    "migrations/002_z.sql": b"SELECT 1;\n",
    "migrations/003_core.sql": b"--\n",
    "migrations/008_x.sql": MARKER.encode(),
    "migrations/022_reconcile.sql": NEW.encode(),
    "migrations.applied.archive/008_x.sql": OLD,
    "migrations.quarantine/011_y.sql": NEVER,
}


def project(place: Path) -> Path:
    """A project below `place` with files that are moved and one that stays; its folder."""
    folder = place / "project" / "migrations"
    folder.mkdir(parents=True)
    (folder / "003_core.sql").write_bytes(b"--\n")
    (folder / "008_x.sql").write_bytes(OLD)
    (folder / "011_y.sql").write_bytes(NEVER)
    return folder.parent


def run(root: Path, actions: tuple[FileAction, ...] = ACTIONS) -> FilesResult:
    """Change the project's files; the run's folder lies beside it."""
    return change_files(actions, root, root.parent / "run", "p" * 64)


def held(root: Path) -> dict[str, bytes]:
    """Path -> content of every file but the manifests."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts and path.stem.lower() != "manifest"
    }


def outcomes(result: FilesResult) -> list[str]:
    """What became of each file."""
    return [each.outcome.value for each in result.files]
