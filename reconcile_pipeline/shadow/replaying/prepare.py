"""A statement as the shadow can run it: what has no place in a replay is taken out, and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow.platforms.for_owner import for_owner
from reconcile_pipeline.shadow.replaying.reach import WORTH_KEEPING


class Way(StrEnum):
    """How the shadow runs a statement."""

    OWNER = "owner"
    FOR_OWNER = "for_owner"  # by the superuser, as hosted platforms do for an ordinary owner
    COPY = "copy"  # COPY … FROM STDIN, with `data` from the file
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SKIP = "skip"  # leaves nothing in a database's catalog


#: What only moves between transactions, or does nothing: a session runs nothing before it.
ALONE = (Way.BEGIN, Way.COMMIT, Way.ROLLBACK, Way.SKIP)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text to run and how to run it. `data`: the lines that follow a COPY … FROM STDIN."""

    way: Way
    sql: str
    data: str = ""


_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b\s*", re.IGNORECASE)
_CONCURRENT_TAGS = ("CREATE INDEX", "DROP INDEX", "REINDEX", "REFRESH MATERIALIZED VIEW")
_SKIPPED = (
    "VACUUM", "CHECKPOINT", "CLUSTER", "ALTER SYSTEM", "LOAD", "DISCARD", "SECURITY LABEL",
    "LISTEN", "UNLISTEN", "NOTIFY", "SAVEPOINT", "RELEASE",
    "CREATE DATABASE", "DROP DATABASE",
    "CREATE TABLESPACE", "ALTER TABLESPACE", "DROP TABLESPACE",
)  # fmt: skip

#: Settings of the session that are ours to keep: its time limits, encoding and transactions.
_SESSION = re.compile(
    r"""(?:SET|RESET)\s+(?:SESSION\s+|LOCAL\s+)?(?:
        (?:client_encoding|client_min_messages|session_replication_role|\w+_timeout
           |(?:default_)?transaction_\w+)\b
        |NAMES\b|TRANSACTION\b|CHARACTERISTICS\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_RESET_ALL = re.compile(r"RESET\s+ALL\b", re.IGNORECASE)
_TWO_PHASE = re.compile(
    r"PREPARE\s+TRANSACTION\b|(?:COMMIT|ROLLBACK)\s+PREPARED\b"
    r"|ROLLBACK\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b",
    re.IGNORECASE,
)
_COPY_IN = re.compile(r"(COPY\b.*?\bFROM\s+STDIN\b[^;]*);?[^\n]*\n?", re.IGNORECASE | re.DOTALL)
_COPY_OUT = re.compile(r"\bTO\s+STDOUT\b", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t]*\r?$.*", re.MULTILINE | re.DOTALL)
_PASSWORD = re.compile(
    r"\b(?:(?:UN)?ENCRYPTED\s+)?PASSWORD\s+(?:E?'(?:[^']|'')*'|NULL)", re.IGNORECASE
)
_COMMIT_INSIDE = re.compile(r"\b(COMMIT|ROLLBACK)\s*;", re.IGNORECASE)


def prepare(statement: Statement) -> Prepared:
    """How the shadow runs this statement inside a transaction of ours; kept, since a search runs it
    again and again."""
    return (_prepare if len(statement.sql) < WORTH_KEEPING else _prepare.__wrapped__)(statement)


@lru_cache(2**14)
def _prepare(statement: Statement) -> Prepared:
    tag, sql = statement.tag.upper(), statement.sql
    if _TWO_PHASE.match(sql):
        return _refused("PREPARE TRANSACTION and ROLLBACK TO SAVEPOINT have no place in a replay")
    if tag in ("BEGIN", "START TRANSACTION"):
        return Prepared(Way.BEGIN, sql)
    if tag in ("COMMIT", "END"):
        return Prepared(Way.COMMIT, sql)
    if tag in ("ROLLBACK", "ABORT"):
        return Prepared(Way.ROLLBACK, sql)
    if tag.startswith(_SKIPPED) or (tag in ("SET", "RESET") and _SESSION.match(sql)):
        return Prepared(Way.SKIP, sql)
    if tag == "RESET" and _RESET_ALL.match(sql):
        return Prepared(Way.OWNER, "SET search_path TO DEFAULT")
    if tag == "COPY":
        return _copy(sql)
    if tag in ("CREATE ROLE", "ALTER ROLE"):
        # No catalog shows a password, and the owner's own is the one that we log in with.
        return Prepared(Way.OWNER, _PASSWORD.sub("", sql))
    if tag.startswith(_CONCURRENT_TAGS):
        return Prepared(Way.OWNER, _CONCURRENTLY.sub("", sql, count=1))
    if (command := for_owner(tag, sql)) is not None:
        return Prepared(Way.FOR_OWNER, command)
    return Prepared(Way.OWNER, sql)


def without_commits(sql: str) -> str:
    """A DO block or procedure call whose inner COMMITs, impossible in a replay, do nothing."""
    return _COMMIT_INSIDE.sub("NULL;", sql)


def _copy(sql: str) -> Prepared:
    if _COPY_OUT.search(sql):
        return Prepared(Way.SKIP, sql)
    found = _COPY_IN.match(sql)
    if found is None:  # a file of the server's, which the owner may not read
        return Prepared(Way.OWNER, sql)
    return Prepared(Way.COPY, found[1].rstrip(), _COPY_END.sub("", sql[found.end() :]))


def _refused(why: str) -> Prepared:
    """A statement that fails with these words, in place of one that would end our transaction."""
    return Prepared(
        Way.OWNER,
        f"DO $refused$ BEGIN RAISE feature_not_supported USING MESSAGE = '{why}'; END $refused$",
    )
