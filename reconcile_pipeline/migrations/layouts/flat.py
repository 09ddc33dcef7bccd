"""Flat files, `003_core.sql` or `20250101120000_core.sql`: Supabase and many others.

Supabase's CLI takes only names that match `VERSIONED` and skips the rest; here the rest is listed
too, with a problem, since people run such files by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconcile_pipeline.migrations.layouts.common import Found

VERSIONED = re.compile(r"([0-9]+)_(.*)\.sql")
_BARE_NUMBER = re.compile(r"([0-9]+)\.sql")
NO_VERSION = "has no version that a migration tool would take"


def find(directory: Path) -> tuple[Found, ...]:
    """All `*.sql` files; versions as text, as Supabase's CLI orders them; the rest by name."""
    found = [
        _entry(path.name)
        for path in directory.iterdir()
        if path.name.lower().endswith(".sql") and path.is_file()
    ]
    return tuple(sorted(found, key=_order))


def _order(found: Found) -> tuple[str, str]:
    # The CLI reads the folder in the order of names; a version is a name's beginning.
    return (found.version or found.path, found.path)


def _entry(file_name: str) -> Found:
    if match := VERSIONED.fullmatch(file_name):
        return Found(file_name, match[1], match[2])
    if match := _BARE_NUMBER.fullmatch(file_name):
        return Found(file_name, match[1], "", ("has a version but no name: Supabase skips it",))
    return Found(file_name, None, file_name[:-4], (NO_VERSION,))
