"""A file's statements as its own `SET search_path` means them.

A completion runs some of a file's statements in transactions of their own, where what the file set
before is not set. Each step says it again; and relations are written with their schema, since what
a step locks, and what it is about, is read from its text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pglast import ast
from pglast.enums import ObjectType, VariableSetKind

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.migrations.paths import path_set
from reconcile_pipeline.migrations.scanner import ScanError, Token, TokenKind, blank, scan
from reconcile_pipeline.migrations.tree import Node, parse, texts, walk

#: What decides where things are made and whose they are, and how a statement's text is understood.
#: Time limits are the step's own.
_CARRIED = frozenset(
    {
        "search_path", "check_function_bodies", "datestyle", "default_table_access_method",
        "default_tablespace", "intervalstyle", "role", "standard_conforming_strings", "timezone",
        "xmloption",
    }
)  # fmt: skip
_RELATIONS = {
    ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_INDEX, ObjectType.OBJECT_SEQUENCE, ObjectType.OBJECT_FOREIGN_TABLE,
}  # fmt: skip
_ON_A_TABLE = {ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_POLICY, ObjectType.OBJECT_RULE}
_BEFORE_A_NAME = {
    "CONCURRENTLY", "DROP", "EXISTS", "FOREIGN", "IF", "INDEX", "MATERIALIZED", "SEQUENCE", "TABLE",
    "VIEW",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """What is set where a statement begins: `path`, its schemas (none: the usual one), and
    `commands`, by the name of what they set, for one transaction.
    """

    path: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()

    def after(self, other: Setting) -> Iterator[str]:
        """The commands that lead from the other setting to this one."""
        left = dict(other.commands).keys() - dict(self.commands)
        yield from (f"SET LOCAL {name} TO DEFAULT" for name in sorted(left))
        yield from (
            command for name, command in self.commands if (name, command) not in other.commands
        )

    def end(self) -> Iterator[str]:
        """What comes last: whoever proves the step is not whom its statements act for."""
        if "role" in dict(self.commands):
            yield "SET LOCAL role TO DEFAULT"


def settings(statements: Iterable[StatementVerdict]) -> dict[int, Setting]:
    """By the index of each statement of a file, what the ones before it have set."""
    found: dict[int, Setting] = {}
    path: tuple[str, ...] = ()
    commands: dict[str, str] = {}
    for statement in statements:
        found[statement.index] = Setting(path, tuple(commands.items()))
        for node in parse(statement.sql):
            if not isinstance(node, ast.VariableSetStmt):
                continue
            name = str(node.name or "").lower()
            if node.kind == VariableSetKind.VAR_RESET_ALL:
                path, commands = (), {}
            elif name in _CARRIED:
                commands.pop(name, None)
                if (command := _for_transaction(statement.sql, node)) is not None:
                    commands[name] = command
                if name == "search_path":
                    path = path_set(statement.sql) or ()
    return found


def _for_transaction(sql: str, node: Node) -> str | None:
    """The same command for the open transaction only; None where it sets nothing."""
    from pglast import parse_sql
    from pglast.stream import RawStream  # slow to import

    if node.kind != VariableSetKind.VAR_SET_VALUE:
        return None
    fresh: Node = next(
        each.stmt for each in parse_sql(sql) if getattr(each.stmt, "name", None) == node.name
    )
    fresh.is_local = True
    return str(RawStream()(fresh))


def spelled_out(
    statements: Sequence[StatementVerdict], set_before: dict[int, Setting], known: Collection[str]
) -> list[StatementVerdict]:
    """The statements with the schema of each relation that they name, and of a routine that they
    make, as their path finds them. `known`: the relations that are there, `schema.name`.
    """
    made = {effect.identity for each in statements for effect in each.effects}
    return [
        replace(s, sql=_with_schemas(s.sql, path, made | set(known)))
        if (path := set_before[s.index].path) and path[0] != "public"
        else s
        for s in statements
    ]


def _with_schemas(sql: str, path: Sequence[str], known: Collection[str]) -> str:
    places: dict[int, str] = {}
    try:
        tokens = [token for token in scan(sql) if not blank(token.kind)]
    except ScanError:
        return sql
    starts = {token.start: number for number, token in enumerate(tokens)}
    for node in parse(sql):
        own = {part.ctename for part in walk(node) if isinstance(part, ast.CommonTableExpr)}
        for part in walk(node):
            if isinstance(part, ast.RangeVar) and not part.schemaname and part.relname not in own:
                name, number = str(part.relname), starts.get(part.location or 0)
                if number is not None and _name(sql, tokens[number]) == name:
                    schema = next((s for s in path if f"{s}.{name}" in known), "")
                    places[tokens[number].start] = schema
        if isinstance(node, ast.CreateFunctionStmt) and len(node.funcname or ()) == 1:
            (name,) = texts(node.funcname)
            made = {identity.partition("(")[0] for identity in known if "(" in identity}
            schema = next((s for s in path if f"{s}.{name}" in made), "")
            places[_after(sql, tokens, ("FUNCTION", "PROCEDURE"))] = schema
        elif isinstance(node, ast.DropStmt):
            for token in _dropped(sql, tokens, node):
                name = _name(sql, token)
                places[token.start] = next((s for s in path if f"{s}.{name}" in known), "")
    for start in sorted(places, reverse=True):
        if places[start]:
            sql = f"{sql[:start]}{ident(places[start])}.{sql[start:]}"
    return sql


def _dropped(sql: str, tokens: Sequence[Token], node: Node) -> Iterator[Token]:
    """The tokens that name, without a schema, what is dropped, or the table that it is on."""
    if node.removeType in _ON_A_TABLE:
        start = _after(sql, tokens, ("ON",))
        names = [token for token in tokens if token.start == start]
    elif node.removeType in _RELATIONS:
        names, expected = [], True
        for token in tokens:
            if sql[token.start : token.end] == ",":
                expected = True
            elif expected and sql[token.start : token.end].upper() not in _BEFORE_A_NAME:
                names.append(token)
                expected = False
    else:
        return
    following = dict(zip(tokens, [*tokens[1:], None], strict=True))
    for token in names:
        after = following[token]
        if after is None or sql[after.start : after.end] != ".":
            yield token


def _after(sql: str, tokens: Sequence[Token], words: Collection[str]) -> int:
    """Where the token after the first of these words begins; else where the text ends."""
    for token, following in pairwise(tokens):
        if sql[token.start : token.end].upper() in words:
            return following.start
    return len(sql)


def _name(sql: str, token: Token) -> str:
    text = sql[token.start : token.end]
    return text[1:-1].replace('""', '"') if token.kind is TokenKind.NAME else text.lower()
