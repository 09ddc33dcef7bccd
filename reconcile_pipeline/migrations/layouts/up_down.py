"""Pairs of files, `1_name.up.sql` and `1_name.down.sql`: golang-migrate, sqlx.

Both tools hold versions as numbers, so `0001` is recorded as `1`.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconcile_pipeline.migrations.layouts import flat
from reconcile_pipeline.migrations.layouts.common import NO_VERSION, Found, New, Up

_UP = re.compile(r"(?:([0-9]+)_)?(.*?)(?:\.up)?\.sql", re.IGNORECASE)
_DOWN = ".down.sql"


def count(directory: Path) -> int:
    """How many files look like this layout."""
    return sum(name.lower().endswith((".up.sql", _DOWN)) for name in flat.sql_files(directory))


def find(directory: Path) -> tuple[Found, ...]:
    """The up files and those without a direction, versions in numeric order, the rest last."""
    found = [_entry(name) for name in flat.sql_files(directory) if not name.lower().endswith(_DOWN)]
    return tuple(sorted(found, key=_order))


def _order(found: Found) -> tuple[bool, int, str]:
    return (found.version is None, int(found.version or 0), found.path)


def _entry(file_name: str) -> Found:
    match = _UP.fullmatch(file_name)
    if match is None or match[1] is None:
        return Found(file_name, None, match[2] if match else file_name, (NO_VERSION,))
    return Found(file_name, str(int(match[1])), match[2])


def up_part(text: str) -> Up:
    """The whole text."""
    return flat.up_part(text)


def new(number: str, name: str, text: str) -> New:
    """An up file to be made. What it does is never taken back by its tool, so it has no other."""
    return New(f"{number}_{name}.up.sql", str(int(number)), text)
