"""A statement as the shadow can run it: what has no place in a replay is taken out, and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.migrations.model import Statement


class Way(StrEnum):
    """How the shadow runs a statement."""

    OWNER = "owner"
    FOR_OWNER = "for_owner"  # by the superuser, as hosted platforms do for an ordinary owner
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SKIP = "skip"  # leaves nothing in a database's catalog


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text to run and how to run it."""

    way: Way
    sql: str


_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b\s*", re.IGNORECASE)
_CONCURRENT_TAGS = ("CREATE INDEX", "DROP INDEX", "REINDEX", "REFRESH MATERIALIZED VIEW")
_SKIPPED = ("VACUUM", "CHECKPOINT", "ALTER SYSTEM", "CREATE DATABASE", "DROP DATABASE", "CLUSTER")
_WHOLE = re.compile(r"\b(FOR\s+ALL\s+TABLES|TABLES\s+IN\s+SCHEMA)\b", re.IGNORECASE)
_COMMIT_INSIDE = re.compile(r"\b(COMMIT|ROLLBACK)\s*;", re.IGNORECASE)
_FOR_OWNER = (
    "CREATE EXTENSION", "ALTER EXTENSION", "DROP EXTENSION",
    "CREATE EVENT TRIGGER", "ALTER EVENT TRIGGER", "DROP EVENT TRIGGER",
)  # fmt: skip
_EXTENSION = re.compile(
    r"""CREATE\s+EXTENSION\s+(?P<quiet>IF\s+NOT\s+EXISTS\s+)?(?P<name>"[^"]+"|[\w$-]+)
        (?:.*?\bSCHEMA\s+(?P<schema>"[^"]+"|[\w$]+))?""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def prepare(statement: Statement) -> Prepared:
    """How the shadow runs this statement inside one long transaction."""
    tag, sql = statement.tag.upper(), statement.sql
    if tag in ("BEGIN", "START TRANSACTION"):
        return Prepared(Way.BEGIN, sql)
    if tag in ("COMMIT", "END"):
        return Prepared(Way.COMMIT, sql)
    if tag in ("ROLLBACK", "ABORT"):
        return Prepared(Way.ROLLBACK, sql)
    if tag.startswith(_SKIPPED):
        return Prepared(Way.SKIP, sql)
    if tag.startswith(_CONCURRENT_TAGS):
        sql = _CONCURRENTLY.sub("", sql)
    if tag == "CREATE EXTENSION" and (found := _EXTENSION.match(sql)):
        # No VERSION: the shadow has one version, which need not be production's.
        schema = f" SCHEMA {found['schema']}" if found["schema"] else ""
        return Prepared(
            Way.FOR_OWNER,
            f"CREATE EXTENSION {found['quiet'] or ''}{found['name']}{schema} CASCADE",
        )
    if tag in _FOR_OWNER or (tag.endswith("PUBLICATION") and _WHOLE.search(sql)):
        return Prepared(Way.FOR_OWNER, sql)
    return Prepared(Way.OWNER, sql)


def without_commits(sql: str) -> str:
    """A DO block or procedure call whose inner COMMITs, impossible in a replay, do nothing."""
    return _COMMIT_INSIDE.sub("NULL;", sql)
