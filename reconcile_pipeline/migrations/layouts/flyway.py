"""Flyway: `V1_2__name.sql`, repeatable `R__name.sql` after them; undo files are never judged.

Flyway looks into folders too, and writes version `1_2` as `1.2`.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconcile_pipeline.migrations.layouts.common import NO_VERSION, Found, New, Up

_VERSIONED = re.compile(r"([VB])([0-9][0-9._]*?)__(.*)\.sql", re.IGNORECASE)
_REPEATABLE = re.compile(r"R__(.*)\.sql", re.IGNORECASE)
_UNDO = re.compile(r"U[0-9][0-9._]*__.*\.sql", re.IGNORECASE)
_NO_TRANSACTION = re.compile(r"^\s*executeInTransaction\s*=\s*false\s*$", re.MULTILINE)


def _sql_files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*.sql") if path.is_file()]


def count(directory: Path) -> int:
    """How many files look like this layout."""
    return sum(
        bool(_VERSIONED.fullmatch(path.name) or _REPEATABLE.fullmatch(path.name))
        for path in _sql_files(directory)
    )


def find(directory: Path) -> tuple[Found, ...]:
    """Versioned files in numeric order, then repeatable ones, then what has no version."""
    keyed = [
        _entry(path, path.relative_to(directory).as_posix())
        for path in _sql_files(directory)
        if not _UNDO.fullmatch(path.name)
    ]
    return tuple(found for _, found in sorted(keyed, key=lambda pair: (pair[0], pair[1].path)))


def _entry(path: Path, relative: str) -> tuple[tuple[int, tuple[int, ...], str], Found]:
    transactional = not _asks_for_no_transaction(path)
    if match := _VERSIONED.fullmatch(path.name):
        version = re.sub(r"[._]+", ".", match[2]).strip(".")
        numbers = tuple(map(int, version.split(".")))
        odd = ("is a baseline: it runs on new databases only",) if match[1] in "Bb" else ()
        name = match[3].replace("_", " ")
        return (0, numbers, ""), Found(relative, version, name, odd, transactional)
    if match := _REPEATABLE.fullmatch(path.name):
        name = match[1].replace("_", " ")
        odd = ("is repeatable: it has no version and runs again whenever it changes",)
        return (1, (), name), Found(relative, None, name, odd, transactional)
    return (2, (), relative), Found(relative, None, path.stem, (NO_VERSION,), transactional)


def _asks_for_no_transaction(path: Path) -> bool:
    settings = path.with_name(path.name + ".conf")
    return settings.is_file() and bool(
        _NO_TRANSACTION.search(settings.read_text(encoding="utf-8", errors="replace"))
    )


def up_part(text: str) -> Up:
    """The whole text."""
    return Up(text)


def new(number: str, name: str, text: str) -> New:
    """A versioned file to be made."""
    return New(f"V{number}__{name}.sql", number, text)
