"""A file's statements as production is to run them, so that nobody who reads or writes must wait.

A file says CREATE INDEX, since its tool runs it in a transaction and on databases without rows; in
production everybody who writes to the table would wait until the index is built. So indexes are
built and dropped CONCURRENTLY, where the server allows it, a constraint's too; other constraints
and NOT NULL are validated later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.migrations.scanner import ScanError, TokenKind, scan
from reconcile_pipeline.plan.completion.by_index import index_first
from reconcile_pipeline.plan.completion.column_checks import apart
from reconcile_pipeline.plan.completion.constraint_names import named
from reconcile_pipeline.plan.completion.not_null import by_check
from reconcile_pipeline.plan.completion.validation import in_two, is_plain, validates
from reconcile_pipeline.plan.relations import Relations

_OF_COLUMNS = re.compile(
    r"\b(PRIMARY|IDENTITY|NULL|RENAME|DROP|TYPE|ATTACH|INHERIT|DO)\b", re.IGNORECASE
)
_UNIQUE = re.compile(r"\A\s*CREATE\s+UNIQUE\b", re.IGNORECASE)


def arrange(statements: Sequence[StatementVerdict], production: Snapshot) -> list[StatementVerdict]:
    """The statements; those that go on their own come after the others, in one transaction.

    One transaction must not be cut in two by an index in its midst: a policy that is dropped before
    and made again after it would be gone meanwhile. An index keeps its place where something after
    it may build upon it: what names it, and anything where it is unique.
    """
    kept: list[StatementVerdict] = []
    last: list[StatementVerdict] = []
    statements = [part for each in statements for part in apart(named(each), production)]
    for number, statement in enumerate(statements):
        later = [each.sql for each in statements[number + 1 :]]
        rest = "\n".join(later)
        if validates(statement.sql):
            (kept if _named(statement, rest) else last).append(statement)
            continue
        if (checked := by_check(statement, production)) and not any(
            needs_not_null(name, later) for name in _names(statement)
        ):
            kept += checked[:-3]
            last += checked[-3:]
            continue
        if by_index := index_first(statement, production):
            (kept if rest else last).extend(by_index)  # anything may build upon it
            continue
        first, *validation = in_two(statement, production)
        changed = replace(first, sql=online(first.sql, production))
        is_index = changed.sql != first.sql
        stays = (rest and _UNIQUE.match(statement.sql)) or _named(statement, rest)
        (last if is_index and not stays else kept).append(changed)
        last += validation
    return kept + last


def needs_not_null(column: str, later: Iterable[str]) -> bool:
    """Whether a later statement may need the column to be NOT NULL, or change it once more."""
    return any(is_named(column, text) and _OF_COLUMNS.search(text) for text in later)


def is_named(name: str, text: str) -> bool:
    """Whether the text has this name in it, as a word."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _named(statement: StatementVerdict, text: str) -> bool:
    return any(is_named(name, text) for name in _names(statement))


def _names(statement: StatementVerdict) -> set[str]:
    return {effect.identity.rpartition(".")[2] for effect in statement.effects}


def online(sql: str, production: Snapshot) -> str:
    """The statement as production is to run it: the same, or with CONCURRENTLY.

    Only where the table is in production already and is not partitioned: PostgreSQL refuses it on
    partitioned tables, and a table that the plan itself makes has nobody waiting for it. An index
    without a name stays as it is, since nothing could tell it from others if it failed.
    """
    from pglast import ast, parse_sql
    from pglast.enums import DropBehavior, ObjectType
    from pglast.parser import ParseError

    try:
        parsed = parse_sql(sql)
    except ParseError:
        return sql
    if len(parsed) != 1:
        return sql
    match parsed[0].stmt:
        case ast.IndexStmt(concurrent=False, relation=ast.RangeVar() as table) as statement:
            name = f"{table.schemaname or 'public'}.{table.relname}"
            if statement.idxname and is_plain(name, production):
                return _with_word(sql)
        case ast.DropStmt(
            concurrent=False,
            removeType=ObjectType.OBJECT_INDEX,
            behavior=DropBehavior.DROP_RESTRICT,
            objects=(parts,),
        ):
            words = [part.sval or "" for part in parts]
            index = ".".join(words if len(words) == 2 else ["public", *words])
            belongs_to = Relations(production).table_of_index.get(index, "")
            is_index = production.get(ObjectId(Kind.INDEX, index)) is not None
            if is_index and is_plain(belongs_to, production):
                return _with_word(sql)
        case _:
            pass
    return sql


def _with_word(sql: str) -> str:
    """The statement with CONCURRENTLY after the first word INDEX."""
    try:
        for token in scan(sql):
            if token.kind is TokenKind.WORD and sql[token.start : token.end].upper() == "INDEX":
                return f"{sql[: token.end]} CONCURRENTLY{sql[token.end :]}"
    except ScanError:
        pass
    return sql
