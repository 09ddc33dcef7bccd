"""What a statement does, in the words of PostgreSQL's command tags, from its leading words.

The list of tags is that of `src/include/tcop/cmdtaglist.h`. Reading words costs a hundredth of
parsing; only statements whose first words leave it open are parsed.
"""

from __future__ import annotations

import re
from typing import Final

from reconcile_pipeline.migrations.scanner import ScanError, TokenKind, blank, scan

#: Tags of statements that begin or end a transaction: ABORT and END have those of their twins.
TRANSACTION: Final = frozenset({"BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK"})

_SAME = {
    word: word
    for word in [
        "ANALYZE",
        "CALL",
        "CHECKPOINT",
        "CLOSE",
        "CLUSTER",
        "COMMENT",
        "COPY",
        "DEALLOCATE",
        "DELETE",
        "DISCARD",
        "DO",
        "EXECUTE",
        "EXPLAIN",
        "FETCH",
        "INSERT",
        "LISTEN",
        "LOAD",
        "MERGE",
        "MOVE",
        "NOTIFY",
        "PREPARE",
        "RELEASE",
        "REINDEX",
        "RESET",
        "SAVEPOINT",
        "SELECT",
        "SET",
        "SHOW",
        "UNLISTEN",
        "UPDATE",
        "VACUUM",
    ]
}
_FIRST = _SAME | {
    "ABORT": "ROLLBACK",
    "ANALYSE": "ANALYZE",
    "BEGIN": "BEGIN",
    "COMMIT": "COMMIT",
    "DECLARE": "DECLARE CURSOR",
    "END": "COMMIT",
    "IMPORT": "IMPORT FOREIGN SCHEMA",
    "LOCK": "LOCK TABLE",
    "REASSIGN": "REASSIGN OWNED",
    "REFRESH": "REFRESH MATERIALIZED VIEW",
    "ROLLBACK": "ROLLBACK",
    "SECURITY": "SECURITY LABEL",
    "START": "START TRANSACTION",
    "TABLE": "SELECT",
    "TRUNCATE": "TRUNCATE TABLE",
    "VALUES": "SELECT",
}
_DDL = {"CREATE", "ALTER", "DROP"}
_MODIFIERS = {
    "OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "RECURSIVE",
    "TRUSTED", "PROCEDURAL", "DEFAULT", "CONSTRAINT",
}  # fmt: skip
_TWO_WORDS = {
    ("MATERIALIZED", "VIEW"), ("EVENT", "TRIGGER"), ("FOREIGN", "TABLE"), ("ACCESS", "METHOD"),
    ("OPERATOR", "CLASS"), ("OPERATOR", "FAMILY"), ("LARGE", "OBJECT"), ("USER", "MAPPING"),
    ("DEFAULT", "PRIVILEGES"),
}  # fmt: skip
_THREE_WORDS = {("FOREIGN", "DATA", "WRAPPER")}
_ROLES = {"USER", "GROUP"}
_PARSED = {
    "SelectStmt": "SELECT", "InsertStmt": "INSERT", "UpdateStmt": "UPDATE", "DeleteStmt": "DELETE",
    "MergeStmt": "MERGE", "GrantRoleStmt": "GRANT ROLE", "GrantStmt": "GRANT",
}  # fmt: skip
_INTO_OR_AS = re.compile(r"\b(?:INTO|AS)\b", re.IGNORECASE)


def _words(sql: str, limit: int = 9) -> list[str]:
    words: list[str] = []
    try:
        for token in scan(sql):
            if blank(token.kind):
                continue
            if token.kind is not TokenKind.WORD or len(words) == limit:
                break
            words.append(sql[token.start : token.end].upper())
    except ScanError:
        pass
    return words


def _object(words: list[str]) -> str:
    """The object type of CREATE, ALTER, DROP: the words after the verb, modifiers passed over."""
    rest = list(words)
    while rest and rest[0] in _MODIFIERS and tuple(rest[:2]) != ("DEFAULT", "PRIVILEGES"):
        rest.pop(0)
    if not rest:
        return ""
    if tuple(rest[:3]) in _THREE_WORDS or tuple(rest[:2]) == ("TEXT", "SEARCH"):
        return " ".join(rest[:3])
    if tuple(rest[:2]) in _TWO_WORDS:
        return " ".join(rest[:2])
    return "ROLE" if rest[0] in _ROLES else rest[0]


def tag(sql: str) -> str:
    """The command tag of one statement; its first word where nothing better is known."""
    words = _words(sql)
    first = words[0] if words else ""
    if first in _DDL:
        found = f"{first} {_object(words[1:])}".strip()
        unsure = found == "CREATE TABLE" and _INTO_OR_AS.search(sql) is not None
    elif first in ("GRANT", "REVOKE"):
        found, unsure = first, " ON " not in f" {' '.join(sql.upper().split())} "
    else:
        found = _FIRST.get(first, "")
        unsure = not found or (found == "SELECT" and _INTO_OR_AS.search(sql) is not None)
    return (_parsed(sql) if unsure else None) or found or first


def _parsed(sql: str) -> str | None:
    """The tag as the parser knows it; None where the parser refuses the statement."""
    from pglast import ast, parser  # slow to import

    try:
        (raw,) = parser.parse_sql(sql)
    except (parser.ParseError, ValueError):
        return None
    node = raw.stmt
    if isinstance(node, ast.SelectStmt) and node.intoClause is not None:
        return "SELECT INTO"
    if isinstance(node, ast.CreateTableAsStmt):
        return "CREATE TABLE AS"
    if isinstance(node, ast.GrantRoleStmt) and not node.is_grant:
        return "REVOKE ROLE"
    if isinstance(node, ast.GrantStmt) and not node.is_grant:
        return "REVOKE"
    return _PARSED.get(type(node).__name__)
