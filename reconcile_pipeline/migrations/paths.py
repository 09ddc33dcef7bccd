"""Where a file's unqualified names go: the schema that its own `SET search_path` puts first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reconcile_pipeline.migrations.model import MigrationFile, Statement
from reconcile_pipeline.migrations.references import Names, names
from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA

_SETS = re.compile(
    r"\s*set\s+(?:session\s+|local\s+)?search_path\s*(?:=|\bto\b)\s*(.*)", re.I | re.S
)
_PART = re.compile(r"\s*(?:\"((?:[^\"]|\"\")*)\"|'((?:[^']|'')*)'|([^,\s]+))\s*(?:,|$)")


#: Statements with their files' numbers and what they name.
NamedStatements = Sequence[tuple[int, Statement, Names]]


def named_statements(
    files: Iterable[MigrationFile], default: str = DEFAULT_SCHEMA
) -> Iterator[tuple[int, Statement, Names]]:
    """Each statement with its file's number and what it names. `default`: the schema of unqualified
    names where the file says nothing."""
    for number, file in enumerate(files):
        schema = default
        for statement in file.statements:
            if match := _SETS.match(statement.sql):
                schema = _first(match[1]) or default
            yield number, statement, names(statement.sql, schema)


def path_set(sql: str) -> tuple[str, ...] | None:
    """The schemas of a `SET search_path`; empty for DEFAULT, None for other statements."""
    return _schemas(match[1]) if (match := _SETS.match(sql)) else None


def _first(path: str) -> str:
    return next(iter(_schemas(path)), "")


def _schemas(path: str) -> tuple[str, ...]:
    found = []
    for quoted, literal, bare in _PART.findall(path.strip().rstrip(";")):
        name = quoted.replace('""', '"') or literal.replace("''", "'") or str(bare).lower()
        if name == "default":
            return ()
        if name and name != "$user":
            found.append(name)
    return tuple(found)
