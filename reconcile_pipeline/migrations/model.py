"""What a migrations directory holds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Layout(StrEnum):
    """How a directory names its migrations."""

    FLAT = "flat"  # 003_x.sql, 20250101120000_x.sql (Supabase and many others)
    FLYWAY = "flyway"  # V1__x.sql
    UP_DOWN = "up_down"  # 1_x.up.sql / 1_x.down.sql (golang-migrate, sqlx)
    PRISMA = "prisma"  # 2025_x/migration.sql
    DIESEL = "diesel"  # 2025_x/up.sql
    GOOSE = "goose"  # sections: -- +goose Up
    DBMATE = "dbmate"  # sections: -- migrate:up


class Severity(StrEnum):
    """How much a hazard weighs: DANGER could lose data, stop users or open access."""

    DANGER = "danger"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something a statement could do. `rule` is the rule's name, e.g. `deletes_data`."""

    rule: str
    severity: Severity
    message: str
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement of a file.

    `index` counts from 0 in the file; `line` is the 1-based line of its first token; `sql` is its
    exact text from the first token, without the final `;` and without leading comments; `tag` is
    what it does in words of PostgreSQL's grammar, e.g. `CREATE TABLE`, `DO`, `INSERT`.
    """

    index: int
    line: int
    sql: str
    tag: str
    hazards: tuple[Hazard, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One migration.

    `path` is relative to the directory, in POSIX form. `version` is None where the name has none.
    `sha256` is of the file's bytes. `error` says why it could not be split (then `statements` is
    empty). `transactional` is False where the file asks to run outside a transaction.
    """

    path: str
    version: str | None
    name: str
    sha256: str
    text: str
    statements: tuple[Statement, ...]
    error: str = ""
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Inventory:
    """A directory's migrations in the order its tool runs them, with what is odd about it.

    `problems`: path -> what is odd (shared version, no version, does not parse, not UTF-8 …).
    `sha256`: hash over the files' paths and contents.
    """

    directory: str
    layout: Layout
    files: tuple[MigrationFile, ...]
    problems: Mapping[str, tuple[str, ...]]
    sha256: str
