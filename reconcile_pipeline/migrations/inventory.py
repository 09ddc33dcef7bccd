"""Read a migrations directory: its files in the order their tool runs them, and what is odd."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.migrations import layouts
from reconcile_pipeline.migrations.layouts.common import Found
from reconcile_pipeline.migrations.model import Inventory, Layout, MigrationFile, Statement
from reconcile_pipeline.migrations.statements import ScanError, parse_errors, split


def take_inventory(directory: Path, layout: Layout | None = None) -> Inventory:
    """Everything that `directory` holds. `layout` overrides what is detected.

    Raises DirectoryError where there is no such directory, or nothing in it to judge.
    """
    try:
        _check(directory)
        layout = layout or layouts.detect(directory)
        found = layouts.find(directory, layout)
    except OSError as error:
        raise _unreadable(directory, error) from None
    if not found:
        raise DirectoryError(
            f"{directory} holds no migrations of the layout {layout}.",
            hint="Name the right directory, or the right layout, in reconcile.toml.",
        )
    files: list[MigrationFile] = []
    problems: dict[str, list[str]] = {}
    for one in found:
        file, odd = _read(directory, one, layout)
        files.append(file)
        problems[file.path] = [*one.problems, *odd]
    _add_shared_versions(files, problems)
    return Inventory(
        directory=str(directory),
        layout=layout,
        files=tuple(files),
        problems={path: tuple(odd) for path, odd in problems.items() if odd},
        sha256=_hash(files),
    )


def _check(directory: Path) -> None:
    if not directory.exists():
        raise DirectoryError(
            f"There is no directory {directory}.",
            hint="Name the right one with --migrations or in reconcile.toml.",
        )
    if not directory.is_dir():
        raise DirectoryError(
            f"{directory} is not a directory.", hint="Name the folder that holds the migrations."
        )


def _check_file(directory: Path, path: Path) -> None:
    """Raise DirectoryError unless it is a file of SQL.

    Whoever may propose a migration may propose a symbolic link, and what a file says comes back in
    errors and reports: a link that leaves the directory must lead to SQL, not to a key.
    """
    real = path.resolve(strict=True)
    if not real.is_file():
        raise DirectoryError(f"{path} is not a regular file.", hint="Take it out of the directory.")
    if real.suffix.lower() != ".sql" and not real.is_relative_to(directory.resolve()):
        raise DirectoryError(
            f"{path} is, or goes through, a symbolic link to what is not called *.sql; "
            "it was not read.",
            hint="Put the file itself in its place.",
        )


def _unreadable(path: Path, error: OSError) -> DirectoryError:
    return DirectoryError(
        f"{path} cannot be read: {error.strerror or error}.", hint="Mind its permissions."
    )


def _read(directory: Path, found: Found, layout: Layout) -> tuple[MigrationFile, list[str]]:
    path = directory / found.path
    try:
        _check_file(directory, path)
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    text, odd = _decode(data)
    up = layouts.up_part(text, layout)
    odd += up.problems
    if "\0" in text:
        odd.append("holds a NUL character, which PostgreSQL refuses")
    statements: tuple[Statement, ...] = ()
    error_text = ""
    try:
        statements = split(up.text)
    except ScanError as error:
        line = up.text.count("\n", 0, error.offset) + 1
        error_text = f"line {line}: {error}"
        odd.append(error_text)
    else:
        odd += [f"line {line}: {message}" for line, message in parse_errors(up.text, statements)]
    return (
        MigrationFile(
            path=found.path,
            version=found.version,
            name=found.name,
            sha256=hashlib.sha256(data).hexdigest(),
            text=text,
            statements=statements,
            error=error_text,
            transactional=found.transactional and up.transactional,
        ),
        odd,
    )


def _decode(data: bytes) -> tuple[str, list[str]]:
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return data.decode("latin-1"), ["is not UTF-8; read as latin-1"]


def _add_shared_versions(files: list[MigrationFile], problems: dict[str, list[str]]) -> None:
    by_version: dict[str, list[str]] = {}
    for file in files:
        if file.version is not None:
            by_version.setdefault(file.version, []).append(file.path)
    for version, paths in by_version.items():
        for path in paths:
            others = [other for other in paths if other != path]
            if others:
                problems[path].append(f"shares version {version} with {', '.join(others)}")


def _hash(files: list[MigrationFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.sha256}\n".encode())
    return digest.hexdigest()
