"""The manifest of an archive folder: each file with its hash, where it came from, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from reconcile_pipeline.apply.directory import disk
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.plan.model import FileAction

FILE = "manifest.json"
READABLE = "MANIFEST.md"


def write_manifests(actions: Sequence[FileAction], root: Path, plan: str) -> tuple[str, ...]:
    """Write, or add to, the manifest of each folder that files are moved to. Returns their paths.

    Written before the first move: a file that is in a folder is always in its manifest.
    """
    paths = []
    for folder, moves in _folders(actions).items():
        entries = {entry["file"]: entry for entry in read_manifest(root / folder)}
        for action in moves:
            name = PurePosixPath(action.to).relative_to(folder).as_posix()
            entries[name] = {
                "file": name,
                "from": action.path,
                "sha256": action.sha256,
                "reason": action.reason,
                "plan": plan,
            }
        _write(root / folder, entries)
        paths.append(f"{folder}/{FILE}")
    return tuple(paths)


def forget(actions: Sequence[FileAction], root: Path) -> None:
    """Take the files of these moves out of the manifests again; empty ones go."""
    for folder, moves in _folders(actions).items():
        entries = {entry["file"]: entry for entry in read_manifest(root / folder)}
        for action in moves:
            entries.pop(PurePosixPath(action.to).relative_to(folder).as_posix(), None)
        if entries:
            _write(root / folder, entries)
            continue
        for name in (FILE, READABLE):
            (root / folder / name).unlink(missing_ok=True)
        if (root / folder).is_dir() and not any((root / folder).iterdir()):
            (root / folder).rmdir()


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """The entries of a folder's manifest; none where there is none."""
    try:
        data = json.loads((folder / FILE).read_bytes())
        entries = [entry for entry in data["files"] if isinstance(entry["file"], str)]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise DirectoryError(
            f"{folder.name}/{FILE} is no manifest.", hint="Mend it, or move it away."
        ) from None
    return entries


def _folders(actions: Sequence[FileAction]) -> dict[str, list[FileAction]]:
    found: dict[str, list[FileAction]] = {}
    for action in actions:
        if action.to:
            found.setdefault(PurePosixPath(action.to).parts[0], []).append(action)
    return found


def _write(folder: Path, entries: dict[str, dict[str, Any]]) -> None:
    files = [entries[name] for name in sorted(entries)]
    text = json.dumps({"algorithm": "sha256", "files": files}, indent=1, sort_keys=True) + "\n"
    disk.replace(folder / FILE, text.encode())
    lines = ["# Archived migrations", "", "| file | from | why | sha256 |", "|---|---|---|---|"]
    lines += [
        f"| `{each['file']}` | `{each.get('from', '')}` | {each.get('reason', '')} "
        f"| `{each.get('sha256', '')}` |"
        for each in files
    ]
    disk.replace(folder / READABLE, ("\n".join(lines) + "\n").encode())
