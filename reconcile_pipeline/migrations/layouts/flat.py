"""Flat files, `003_core.sql` or `20250101120000_core.sql`: Supabase and many others.

Supabase's CLI takes only names that match `VERSIONED` and skips the rest; here the rest is listed
too, with a problem, since people run such files by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconcile_pipeline.migrations.layouts.common import NO_VERSION, Found, New, Up

VERSIONED = re.compile(r"([0-9]+)_(.*)\.sql")
_BARE_NUMBER = re.compile(r"([0-9]+)\.sql")
_OLD_INIT = re.compile(r"([0-9]{14})_init\.sql")
_OLD_INIT_BEFORE = 20211209000000
# The first line of a file for Supabase's CLI or for sqlx; any of the first comments for Atlas.
_NO_TRANSACTION = re.compile(
    r"-- (?:pg-delta: transaction=false|no-transaction)[ \t\r]*(?:\n|\Z)"
    r"|(?:--.*\n)*-- atlas:txmode none"
)


def sql_files(directory: Path) -> list[str]:
    """Names of the directory's `*.sql` files, without hidden ones, ordered by their characters."""
    return sorted(
        path.name
        for path in directory.iterdir()
        if path.name.lower().endswith(".sql") and path.name[0] != "." and path.is_file()
    )


def count(directory: Path) -> int:
    """How many files look like this layout."""
    return len(sql_files(directory))


def find(directory: Path) -> tuple[Found, ...]:
    """All `*.sql` files in the order of their names, which is how Supabase's CLI runs them."""
    names = sql_files(directory)
    found = [_entry(name) for name in names]
    if found and (init := _OLD_INIT.fullmatch(names[0])) and int(init[1]) < _OLD_INIT_BEFORE:
        odd = "Supabase's CLI skips a first file named init of before December 2021"
        found[0] = Found(found[0].path, found[0].version, found[0].name, (odd,))
    return tuple(found)


def _entry(file_name: str) -> Found:
    if match := VERSIONED.fullmatch(file_name):
        return Found(file_name, match[1], match[2])
    if match := _BARE_NUMBER.fullmatch(file_name):
        return Found(file_name, match[1], "", ("has no name: Supabase's CLI would skip it",))
    return Found(file_name, None, file_name[:-4], (NO_VERSION,))


def up_part(text: str) -> Up:
    """The whole text."""
    return Up(text, transactional=_NO_TRANSACTION.match(text) is None)


def new(number: str, name: str, text: str) -> New:
    """A file to be made."""
    return New(f"{number}_{name}.sql", number, text)
