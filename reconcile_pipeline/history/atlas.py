"""Atlas' history, `atlas_schema_revisions`, and the hashes of its `atlas.sum`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from reconcile_pipeline.history.base import TableHistory
from reconcile_pipeline.history.contents import file_bytes
from reconcile_pipeline.history.model import HistoryRow
from reconcile_pipeline.history.table import Table
from reconcile_pipeline.migrations.model import MigrationFile


class Atlas(TableHistory):
    """A version counts as applied once all of its statements are."""

    tool = "atlas"
    usual = Table("atlas_schema_revisions", "atlas_schema_revisions")
    has = frozenset({"version", "description", "applied", "total", "hash"})
    columns = ("version", "description", "applied", "total", "error", "hash")
    order = ("version",)
    own_way = "atlas migrate set"

    def rows(self, rows: Sequence[dict[str, Any]]) -> Iterable[HistoryRow]:
        """One a version, without the tool's own bookkeeping."""
        for row in rows:
            if not row["version"].startswith("."):
                whole = row["applied"] == row["total"] and not row["error"]
                yield HistoryRow(row["version"], row["description"], None, row["hash"], whole)


def hashes(files: Sequence[MigrationFile]) -> dict[str, str]:
    """Path -> hash, in base64: SHA-256 over names and contents of all files up to that one."""
    digest = hashlib.sha256()
    found = {}
    for file in files:
        digest.update(PurePosixPath(file.path).name.encode())
        digest.update(file_bytes(file))
        found[file.path] = b64encode(digest.digest()).decode()
    return found


def atlas_sum(files: Sequence[MigrationFile]) -> str:
    """The text of `atlas.sum` for these files, in order."""
    total = hashlib.sha256()
    lines = []
    for path, value in hashes(files).items():
        name = PurePosixPath(path).name
        total.update(name.encode() + value.encode())
        lines.append(f"{name} h1:{value}\n")
    return f"h1:{b64encode(total.digest()).decode()}\n" + "".join(lines)
