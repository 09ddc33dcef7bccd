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
_LOCAL = re.compile(r"\s*set\s+local\b", re.I)
_RESETS = re.compile(r"\s*(?:reset\s+(?:search_path|all)|discard\s+all)\b", re.I)
_ENDS = frozenset({"COMMIT", "ROLLBACK"})
_PART = re.compile(r"\s*(?:\"((?:[^\"]|\"\")*)\"|'((?:[^']|'')*)'|([^,\s]+))\s*(?:,|$)")


#: Statements with their files' numbers and what they name.
NamedStatements = Sequence[tuple[int, Statement, Names]]


def named_statements(
    files: Iterable[MigrationFile], default: str = DEFAULT_SCHEMA
) -> Iterator[tuple[int, Statement, Names]]:
    """Each statement with its file's number and what it names. `default`: the schema of unqualified
    names where the file says nothing."""
    for number, file in enumerate(files):
        schema = session = default
        for statement in file.statements:
            if (path := path_set(statement.sql)) is not None:
                schema = path[0] if path else default
                session = session if _LOCAL.match(statement.sql) else schema
            elif statement.tag.upper() in _ENDS:
                schema = session  # what was set for the transaction only ends with it
            yield number, statement, names(statement.sql, schema)


def path_set(sql: str) -> tuple[str, ...] | None:
    """The schemas of a `SET search_path`; empty for DEFAULT and where it is reset, None for other
    statements."""
    if _RESETS.match(sql):
        return ()
    return _schemas(match[1]) if (match := _SETS.match(sql)) else None


def _schemas(path: str) -> tuple[str, ...]:
    found = []
    for quoted, literal, bare in _PART.findall(path.strip().rstrip(";")):
        name = quoted.replace('""', '"') or literal.replace("''", "'") or str(bare).lower()
        if name == "default":
            return ()
        if name and name != "$user":
            found.append(name)
    return tuple(found)
