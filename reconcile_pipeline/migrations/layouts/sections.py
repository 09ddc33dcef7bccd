"""Files with an up and a down section, told apart by comments: goose and dbmate.

goose's StatementBegin and StatementEnd need no heed: they are for splitters that know no dollar
quotes.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconcile_pipeline.migrations.layouts import flat, up_down
from reconcile_pipeline.migrations.layouts.common import Found, New, Up

_GOOSE = re.compile(r"^\s*--\s*\+goose\s+(.*?)\s*$", re.IGNORECASE)
_DBMATE = re.compile(r"^\s*--\s*migrate:\s*(.*?)\s*$", re.IGNORECASE)
_NO_TRANSACTION = re.compile(r"no transaction|transaction\s*:\s*false", re.IGNORECASE)


def _count(directory: Path, annotation: re.Pattern[str]) -> int:
    names = flat.sql_files(directory)
    texts = ((directory / name).read_text("utf-8", errors="replace") for name in names)
    return sum(any(map(annotation.match, text.splitlines())) for text in texts)


def count_goose(directory: Path) -> int:
    """How many files have goose's annotations."""
    return _count(directory, _GOOSE)


def find_goose(directory: Path) -> tuple[Found, ...]:
    """Versions in numeric order, recorded as numbers: `00001` is `1`."""
    return up_down.find(directory)


def up_part_goose(text: str) -> Up:
    """What stands between `-- +goose Up` and `-- +goose Down`."""
    return _up_part(text, _GOOSE, "-- +goose Up")


def count_dbmate(directory: Path) -> int:
    """How many files have dbmate's annotations."""
    return _count(directory, _DBMATE)


def find_dbmate(directory: Path) -> tuple[Found, ...]:
    """Files in the order of their names; versions are text."""
    return flat.find(directory)


def up_part_dbmate(text: str) -> Up:
    """What stands between `-- migrate:up` and `-- migrate:down`."""
    return _up_part(text, _DBMATE, "-- migrate:up")


def _up_part(text: str, annotation: re.Pattern[str], begins: str) -> Up:
    kept: list[str] = []
    going_up = found = False
    transactional = True
    for line in text.splitlines(keepends=True):
        match = annotation.match(line)
        word = match[1].lower() if match else ""
        if word.startswith(("up", "down")):
            going_up = word.startswith("up")
            found = found or going_up
        if match and _NO_TRANSACTION.search(word) and not word.startswith("down"):
            transactional = False
        kept.append(line if going_up else "\n" * line.count("\n"))
    if not found:
        return Up(text, transactional, (f"has no section {begins}: all of it is taken",))
    return Up("".join(kept), transactional)


def new_goose(number: str, name: str, text: str) -> New:
    """A file to be made: one block, since goose's own splitter knows no dollar quotes."""
    begin, end = "-- +goose StatementBegin", "-- +goose StatementEnd"
    body = f"-- +goose Up\n{begin}\n{text.rstrip()}\n{end}\n"
    return New(f"{number}_{name}.sql", str(int(number)), body)


def new_dbmate(number: str, name: str, text: str) -> New:
    """A file to be made. What it does is never taken back by its tool: nothing goes down."""
    return New(
        f"{number}_{name}.sql", number, f"-- migrate:up\n{text.rstrip()}\n\n-- migrate:down\n"
    )
