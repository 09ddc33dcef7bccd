"""One folder a migration: Prisma's `20250101_name/migration.sql`, Diesel's `…/up.sql`.

Prisma records the folder's whole name; Diesel the digits before the first `_`, without hyphens.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from reconcile_pipeline.migrations.layouts.common import NO_VERSION, Found, New, Up

_PRISMA = "migration.sql"
_DIESEL = "up.sql"
_DIESEL_FOLDER = re.compile(r"([0-9][0-9-]*)_(.*)")


def _folders(directory: Path, file_name: str) -> list[Path]:
    return sorted(
        (path for path in directory.iterdir() if (path / file_name).is_file()),
        key=lambda path: path.name,
    )


def count_prisma(directory: Path) -> int:
    """How many folders look like Prisma's."""
    return len(_folders(directory, _PRISMA))


def find_prisma(directory: Path) -> tuple[Found, ...]:
    """The folders in the order of their names."""
    return tuple(
        Found(f"{folder.name}/{_PRISMA}", folder.name, folder.name.partition("_")[2])
        for folder in _folders(directory, _PRISMA)
    )


def count_diesel(directory: Path) -> int:
    """How many folders look like Diesel's."""
    return len(_folders(directory, _DIESEL))


def find_diesel(directory: Path) -> tuple[Found, ...]:
    """The folders in the order of their versions, which are text; those without one last."""
    found = [_diesel(folder) for folder in _folders(directory, _DIESEL)]
    return tuple(sorted(found, key=lambda one: (one.version is None, one.version or "", one.path)))


def _diesel(folder: Path) -> Found:
    path, settings = f"{folder.name}/{_DIESEL}", folder / "metadata.toml"
    transactional = True
    problems: tuple[str, ...] = ()
    if settings.is_file():
        try:
            read = tomllib.loads(settings.read_text(encoding="utf-8"))
            transactional = read.get("run_in_transaction", True) is not False
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            problems = ("has a metadata.toml that cannot be read",)
    if match := _DIESEL_FOLDER.fullmatch(folder.name):
        return Found(path, match[1].replace("-", ""), match[2], problems, transactional)
    return Found(path, None, folder.name, (*problems, NO_VERSION), transactional)


def up_part(text: str) -> Up:
    """The whole text."""
    return Up(text)


def new_prisma(number: str, name: str, text: str) -> New:
    """A folder to be made, with its file."""
    return New(f"{number}_{name}/{_PRISMA}", f"{number}_{name}", text)


def new_diesel(number: str, name: str, text: str) -> New:
    """A folder to be made, with its file."""
    return New(f"{number}_{name}/{_DIESEL}", number, text)
