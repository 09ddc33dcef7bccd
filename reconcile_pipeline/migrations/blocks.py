"""The statements inside a PL/pgSQL block, as far as they can be known without running it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, parser

from reconcile_pipeline.migrations.scanner import ScanError, TokenKind, blank, scan
from reconcile_pipeline.migrations.tree import Node, option, parse, texts

#: Stands for a name or value that only running the block would tell.
COMPUTED = "computed_at_run_time"
_SPECIFIER = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
_WHOLE_STATEMENT = 0  # plpgsql's RAW_PARSE_DEFAULT: the text is SQL by itself, no expression
_VERBS = {
    "ALTER", "COPY", "CREATE", "DELETE", "DROP", "EXECUTE", "GRANT", "INSERT", "MERGE", "REVOKE",
    "TRUNCATE", "UPDATE", "WITH",
}  # fmt: skip
_BEFORE_STATEMENTS = {"BEGIN", "THEN", "ELSE", "LOOP"}
_AFTER_EXPRESSION = re.compile(r"\b(?:INTO|USING)\b", re.IGNORECASE)
_DYNAMIC = {
    "PLpgSQL_stmt_dynexecute": "query",
    "PLpgSQL_stmt_dynfors": "query",
    "PLpgSQL_stmt_return_query": "dynquery",
}


def inner_statements(sql: str) -> tuple[str, ...]:
    """SQL of what a DO statement, or a function in PL/pgSQL, runs; empty for other languages.

    EXECUTEd strings are put together as far as they are constant, with `COMPUTED` for the rest.

    Where PL/pgSQL's parser refuses the body (it knows no types that the database would know), the
    body's text is searched for statements instead.
    """
    try:
        tree = json.loads(parser.parse_plpgsql_json(sql))
    except (parser.ParseError, ValueError):
        return tuple(_searched(_body(sql)))
    return tuple(_inner(tree))


def _inner(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _inner(item)
    elif isinstance(part, dict):
        if part.get("parseMode") == _WHOLE_STATEMENT and "query" in part:
            yield str(part["query"])
        for name, value in part.items():
            if name in _DYNAMIC and (query := _query(value, _DYNAMIC[name])):
                yield from (_constant(tree) for tree in _expression(query))
            yield from _inner(value)


def _body(sql: str) -> str:
    for node in parse(sql):
        options = node.args if isinstance(node, ast.DoStmt) else getattr(node, "options", None)
        language, body = option(options, "language"), option(options, "as")
        if language is None or "".join(texts(language.arg)).lower() == "plpgsql":
            return "".join(texts(body.arg)) if body else ""
    return ""


def _searched(body: str) -> Iterator[str]:
    """What begins with one of SQL's verbs where a statement can begin, and parses."""
    start, expected = -1, True
    try:
        for token in scan(body):
            word = body[token.start : token.end].upper() if token.kind is TokenKind.WORD else ""
            if token.kind is TokenKind.SEMICOLON:
                if start >= 0:
                    yield from _one(body[start : token.start])
                start, expected = -1, True
            elif word and start < 0 and expected and word in _VERBS:
                start = token.start
            elif not blank(token.kind):
                expected = word in _BEFORE_STATEMENTS
    except ScanError:
        return


def _one(text: str) -> Iterator[str]:
    if text[:7].upper() != "EXECUTE":
        if parse(text):
            yield text
        return
    expression = _AFTER_EXPRESSION.split(text[7:])[0]
    yield from (_constant(tree) for tree in _expression(expression))


def _query(statement: dict[str, Any], name: str) -> str:
    return str(statement.get(name, {}).get("PLpgSQL_expr", {}).get("query", ""))


def _expression(query: str) -> tuple[Node, ...]:
    return tuple(
        target.val
        for statement in parse(f"SELECT {query}")
        if isinstance(statement, ast.SelectStmt)
        for target in statement.targetList or ()
    )


def _constant(node: Node) -> str:
    """The text of an expression; `COMPUTED` for each part of it that isn't constant."""
    if isinstance(node, ast.A_Const):
        return "".join(texts(node.val)) or COMPUTED
    if isinstance(node, ast.TypeCast):
        return _constant(node.arg)
    if isinstance(node, ast.A_Expr) and texts(node.name) == ("||",):
        return _constant(node.lexpr) + _constant(node.rexpr)
    if isinstance(node, ast.FuncCall) and node.args:
        name = texts(node.funcname)[-1]
        if name == "format":
            return _formatted(_constant(node.args[0]), [_constant(arg) for arg in node.args[1:]])
        if name == "concat":
            return "".join(map(_constant, node.args))
        if name in ("quote_literal", "quote_nullable"):
            return f"'{COMPUTED}'"
    return COMPUTED


def _formatted(template: str, arguments: list[str]) -> str:
    position = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal position
        if match[2] == "%":
            return "%"
        position = int(match[1]) if match[1] else position + 1
        known = arguments[position - 1] if position <= len(arguments) else COMPUTED
        if match[2] == "L":
            return "'" + known.replace("'", "''") + "'"
        if match[2] == "I" and not known.islower():
            return '"' + known.replace('"', '""') + '"'
        return known

    return _SPECIFIER.sub(replace, template)
