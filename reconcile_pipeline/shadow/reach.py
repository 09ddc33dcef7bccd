"""What a statement can touch, judged by its text alone: before it runs, and at no cost.

What this misses shows afterwards, and the statement runs again; so it need only be right mostly
where it promises much, and always where it rules something out (`narrow`).
"""

from __future__ import annotations

import re
from enum import StrEnum

from reconcile_pipeline.catalog.model import Kind

#: Statements after which other objects read differently, not only those they name.
SPREADS = re.compile(
    r"\b(rename|set\s+schema|reassign\s+owned|drop\s+owned|alter\s+extension"
    r"|detach\s+partition|no\s+inherit)\b",
    re.IGNORECASE,
)

#: What the recorder's own setting may be changed by; what a statement did is then read whole.
HIDES = re.compile(r"reconcile\s*\.\s*touched|\bset_config\b", re.IGNORECASE)

_ACCESS = frozenset({
    Kind.TABLE, Kind.COLUMN, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE, Kind.SEQUENCE,
})  # fmt: skip
_INDEX = frozenset({Kind.INDEX, Kind.TABLE})  # a table's replica identity may name one
_COLUMN = frozenset({Kind.COLUMN, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.COMPOSITE_TYPE})

#: Command tags after which only these kinds can read differently below a relation.
_NARROW = {
    "CREATE POLICY": frozenset({Kind.POLICY}),
    "ALTER POLICY": frozenset({Kind.POLICY}),
    "DROP POLICY": frozenset({Kind.POLICY}),
    "CREATE INDEX": frozenset({Kind.INDEX}),
    "ALTER INDEX": _INDEX,
    "DROP INDEX": _INDEX,
    "CREATE TRIGGER": frozenset({Kind.TRIGGER}),
    "DROP TRIGGER": frozenset({Kind.TRIGGER}),
    "GRANT": _ACCESS,
    "REVOKE": _ACCESS,
}
_ROW_SECURITY = re.compile(
    r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?[^\s,()]+\s+"
    r"(?:ENABLE|DISABLE|FORCE|NO\s+FORCE)\s+ROW\s+LEVEL\s+SECURITY\s*;?",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"COMMENT\s+ON\s+(TABLE|COLUMN|POLICY|INDEX|TRIGGER)\b", re.IGNORECASE)
_COMMENTED = {
    "TABLE": frozenset({Kind.TABLE, Kind.FOREIGN_TABLE}),
    "COLUMN": _COLUMN,
    "POLICY": frozenset({Kind.POLICY}),
    "INDEX": frozenset({Kind.INDEX}),
    "TRIGGER": frozenset({Kind.TRIGGER}),
}

#: Commands that only make something new, or only drop what has a recorder's word of its own.
_MAKES = frozenset({
    "CREATE TABLE", "CREATE POLICY", "CREATE INDEX", "CREATE TRIGGER", "CREATE SCHEMA",
    "CREATE TYPE", "CREATE SEQUENCE", "CREATE EXTENSION", "CREATE DOMAIN", "CREATE TABLE AS",
})  # fmt: skip
_BY_OTHER_NAMES = frozenset({"DROP INDEX", "DROP SEQUENCE", "DROP STATISTICS", "ALTER INDEX",
                             "ALTER SEQUENCE", "ALTER STATISTICS"})  # fmt: skip
_MANY = re.compile(r"\bCASCADE\b|\bALL\s+\w+\s+IN\s+SCHEMA\b", re.IGNORECASE)
_ROWS = frozenset(
    {"INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "TRUNCATE TABLE", "COPY", "SET"}
)


def narrow(tag: str, sql: str) -> frozenset[Kind] | None:
    """The kinds below a relation that such a statement can change; None: any."""
    if (kinds := _NARROW.get(tag)) is not None:
        return kinds
    if tag == "ALTER TABLE" and _ROW_SECURITY.fullmatch(sql.strip()):
        return frozenset({Kind.TABLE})
    if tag == "COMMENT" and (found := _COMMENT.match(sql.strip())):
        return _COMMENTED[found[1].upper()]
    return None


class Reach(StrEnum):
    """How much of what is there a statement may be about to change, judged by its text alone."""

    NOTHING = "nothing"
    NAMED = "named"  # what it names
    EVERYTHING = "everything"


def reach(tag: str, sql: str) -> Reach:
    """A guess that costs little: what it misses shows afterwards, and the statement runs again."""
    if SPREADS.search(sql) or HIDES.search(sql):
        return Reach.EVERYTHING
    if tag in _MAKES or tag in _ROWS or tag == "DROP POLICY":
        return Reach.NOTHING
    if tag in _BY_OTHER_NAMES or (_MANY.search(sql) and tag != "CREATE FUNCTION"):
        return Reach.EVERYTHING
    return Reach.NAMED
