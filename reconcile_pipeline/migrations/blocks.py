"""The statements inside a DO block, as far as they can be known without running it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, parser

from reconcile_pipeline.migrations.tree import Node, parse, texts

#: Stands for a name or value that only running the block would tell.
COMPUTED = "computed_at_run_time"
_SPECIFIER = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
_STATEMENTS = {
    "PLpgSQL_stmt_execsql": "sqlstmt",
    "PLpgSQL_stmt_perform": "expr",
    "PLpgSQL_stmt_call": "expr",
}
_DYNAMIC = {
    "PLpgSQL_stmt_dynexecute": "query",
    "PLpgSQL_stmt_dynfors": "query",
    "PLpgSQL_stmt_return_query": "dynquery",
}


def inner_statements(sql: str) -> tuple[str, ...]:
    """SQL of what a DO statement runs. EXECUTEd strings are put together as far as they are
    constant, with `COMPUTED` for the rest. Empty for what is no PL/pgSQL, or does not parse.
    """
    try:
        tree = json.loads(parser.parse_plpgsql_json(sql))
    except (parser.ParseError, ValueError):
        return ()
    return tuple(_inner(tree))


def _inner(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _inner(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in _STATEMENTS and (query := _query(value, _STATEMENTS[name])):
                yield query
            if name in _DYNAMIC and (query := _query(value, _DYNAMIC[name])):
                yield from (_constant(tree) for tree in _expression(query))
            yield from _inner(value)


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
