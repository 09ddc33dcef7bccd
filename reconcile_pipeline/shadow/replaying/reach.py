"""What a statement can touch, judged by its text alone: before it runs, and at no cost.

What this misses shows afterwards, and the statement runs again; so it need only be right mostly
where it promises much, and always where it rules something out (`narrow`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.migrations.model import Statement

#: Statements after which other objects read differently, not only those they name.
SPREADS = re.compile(
    r"\b(rename|set\s+schema|reassign\s+owned|drop\s+owned|alter\s+extension"
    r"|detach\s+partition|no\s+inherit)\b",
    re.IGNORECASE,
)

#: What the recorder's own setting may be changed by; what a statement did is then read whole.
HIDES = re.compile(r"reconcile\s*\.\s*touched|\bset_config\b", re.IGNORECASE)

_WORD = re.compile(r"\w+|\"(?:[^\"]|\"\")+\"")
#: Characters; what is judged of longer statements, with their rows, is not kept.
WORTH_KEEPING = 20_000

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
_ADD_COLUMN = re.compile(
    r"""ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?[^\s,()]+\s+ADD\s+(?:COLUMN\s+)?
    (?!(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE|NOT|TABLE)\b)(?:IF\s+NOT\s+EXISTS\s+)?
    (?P<name>"[^"]+"|[a-z_]\w*)\s
    (?P<rest>(?:[^,()'"$]|"[^"]*"|'[^'\\]*'|\((?:[^()'"$]|'[^'\\]*'|\([^()'"$]*\))*\))+);?""",
    re.IGNORECASE | re.VERBOSE,
)
#: What brings more with it than the column itself.
_BRINGS = re.compile(
    r"\b(?:constraint|primary|unique|check|references|exclude|generated|\w*serial\d*)\b",
    re.IGNORECASE,
)
#: A column brings its default's sequence, its constraints and their indexes.
_NEW_COLUMN = frozenset({Kind.COLUMN, Kind.CONSTRAINT, Kind.INDEX, Kind.SEQUENCE})
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
#: Not the CASCADE of a foreign key, which drops nothing.
_MANY = re.compile(
    r"(?<!DELETE\s)(?<!UPDATE\s)\bCASCADE\b|\bALL\s+\w+\s+IN\s+SCHEMA\b", re.IGNORECASE
)
_ROWS = frozenset(
    {"INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "TRUNCATE TABLE", "COPY", "SET"}
)


def narrow(tag: str, sql: str) -> frozenset[Kind] | None:
    """The kinds below a relation that such a statement can change; None: any."""
    if (kinds := _NARROW.get(tag)) is not None:
        return kinds
    if tag == "ALTER TABLE" and _ROW_SECURITY.fullmatch(sql.strip()):
        return frozenset({Kind.TABLE})
    if tag == "ALTER TABLE" and (found := _ADD_COLUMN.fullmatch(sql.strip())):
        return _NEW_COLUMN if _BRINGS.search(found["rest"]) else frozenset({Kind.COLUMN})
    if tag == "COMMENT" and (found := _COMMENT.match(sql.strip())):
        return _COMMENTED[found[1].upper()]
    return None


def facets(tag: str, sql: str) -> frozenset[str] | None:
    """The facets of a table, of those that the recorder tells, that alone can change; else None."""
    if tag == "ALTER TABLE" and _ROW_SECURITY.fullmatch(sql.strip()):
        return frozenset({"rls", "rls_forced"})
    if tag == "COMMENT" and (found := _COMMENT.match(sql.strip())) and found[1].upper() == "TABLE":
        return frozenset({"comment"})
    return None


def new_column(tag: str, sql: str) -> str:
    """The name of a column, where nothing but this one can be new; else empty."""
    found = _ADD_COLUMN.fullmatch(sql.strip()) if tag == "ALTER TABLE" else None
    if found is None or _BRINGS.search(found["rest"]):
        return ""
    name = found["name"]
    return name.strip('"') if name.startswith('"') else name.lower() if name.isascii() else ""


_NAME = r"""((?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))*)"""
_PART = re.compile(r'"((?:[^"]|"")+)"|([\w$]+)')
_TARGETS = {
    tag: re.compile(pattern + _NAME, re.IGNORECASE | re.DOTALL)
    for tags, pattern in {
        ("CREATE TABLE",): r"CREATE\s+(?:\w+\s+){0,2}?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?",
        ("ALTER TABLE",): r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?",
        ("CREATE VIEW",): r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+)?VIEW\s+",
        ("CREATE FUNCTION", "CREATE PROCEDURE"): (
            r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\s+"
        ),
        ("ALTER FUNCTION", "ALTER PROCEDURE"): r"ALTER\s+(?:FUNCTION|PROCEDURE)\s+",
        ("CREATE POLICY", "ALTER POLICY", "DROP POLICY", "DROP TRIGGER", "CREATE TRIGGER"): (
            r"\w+\s.*?\sON\s+"
        ),
        ("CREATE INDEX",): r"CREATE\s.*?\sON\s+(?:ONLY\s+)?",
        ("COMMENT",): (
            r"COMMENT\s+ON\s+(?:(?:TABLE|VIEW|FUNCTION|PROCEDURE)\s+"
            r"|(?:POLICY|TRIGGER|CONSTRAINT)\s.*?\sON\s+|COLUMN\s+)"
        ),
    }.items()
    for tag in tags
}  # fmt: skip


def targets(tag: str, sql: str) -> frozenset[str]:
    """The names, in small letters and without their schema, that such a statement may change the
    objects of: that of the one object it is about, or all its words."""
    pattern = _TARGETS.get(tag)
    found = pattern.match(sql.strip()) if pattern else None
    if found is None:
        return frozenset(word.strip('"').lower() for word in _WORD.findall(sql))
    parts = [(quoted or plain).lower() for quoted, plain in _PART.findall(found[1])]
    if tag == "COMMENT" and found[0].split(None, 3)[2].upper() == "COLUMN":
        parts = parts[:-1] or parts
    return frozenset(parts[-1:])


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


@dataclass(frozen=True, slots=True)
class Aim:
    """All that the words show.

    `names`, `kinds`, `facets`, `column`: see `targets`, `narrow`, `facets` and `new_column`.
    `spreads`: other objects read differently afterwards; `hides`: the recorder may be deceived.
    `grants`: it is a single command that changes privileges.
    """

    reach: Reach
    names: frozenset[str]
    kinds: frozenset[Kind] | None
    facets: frozenset[str] | None = None
    column: str = ""
    spreads: bool = False
    hides: bool = False
    grants: bool = False


def aim(statement: Statement) -> Aim:
    """What this statement's words show; kept, since a search runs it again and again."""
    judge = _kept if len(statement.sql) < WORTH_KEEPING else _latest
    return judge(statement.tag.upper(), statement.sql)


def _aim(tag: str, sql: str) -> Aim:
    reaches = reach(tag, sql)
    asked = reaches is Reach.NAMED or tag in _TARGETS
    return Aim(
        reaches,
        targets(tag, sql) if asked else frozenset(),
        narrow(tag, sql),
        facets(tag, sql),
        new_column(tag, sql),
        SPREADS.search(sql) is not None,
        HIDES.search(sql) is not None,
        tag in ("GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES"),
    )


_kept = lru_cache(2**14)(_aim)
_latest = lru_cache(1)(_aim)
