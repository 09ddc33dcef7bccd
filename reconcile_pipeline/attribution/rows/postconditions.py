"""What an UPDATE or DELETE leaves true, as a question to production; where it yields one.

Only plain comparisons of columns with constants are asked: production runs no function that a
migration file names. The answer is weak evidence, since rows also change in daily use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Functions of PostgreSQL's own that change nothing and cost nothing.
_HARMLESS = frozenset({"lower", "upper", "btrim", "length", "coalesce"})
_OPERATORS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*"})


# The texts below are the parser's own deparsed form of what `_is_plain` and `_is_constant` let
# through, and run in a read-only transaction: building SQL of them is what this module is for.
# ruff: noqa: S608


@dataclass(frozen=True, slots=True)
class Question:
    """`concerned`: SQL that counts the rows the statement speaks of; `violating`: those of them
    that are not as it leaves them. `text`: the postcondition for people. `emptied`: that no row at
    all is left."""

    table: str
    concerned: str
    violating: str
    text: str
    emptied: bool = False


def questions(sql: str) -> tuple[Question, ...]:
    """The postconditions of one statement; none where it yields none that may be asked."""
    from reconcile_pipeline.migrations.references import names
    from reconcile_pipeline.migrations.rows import RowAction

    found = []
    for change in names(sql).rows:
        if not change.self_contained or change.using or not change.target:
            continue
        if change.where and not _is_plain(change.where):
            continue
        where = change.where or "true"
        if change.action is RowAction.DELETE:
            text = f"no row of {change.table} has {where}" if change.where else "the table is empty"
            count = f"SELECT count(*) FROM {change.target} WHERE {where}"
            found.append(Question(change.table, count, count, text, not change.where))
        elif change.action is RowAction.UPDATE:
            sets = [(c, e) for c, e in change.sets if _is_constant(e)]
            if not sets:
                continue
            wrong = " OR ".join(f"{_quoted(c)} IS DISTINCT FROM ({e})" for c, e in sets)
            asked = any(c in _columns(where) for c, _ in change.sets)
            if asked:
                # The condition reads what is set: rows that were updated no longer match it.
                whole = f"SELECT count(*) FROM {change.target} WHERE ({where}) OR NOT ({wrong})"
                bad = f"SELECT count(*) FROM {change.target} WHERE ({where}) AND ({wrong})"
            else:
                whole = f"SELECT count(*) FROM {change.target} WHERE {where}"
                bad = f"SELECT count(*) FROM {change.target} WHERE ({where}) AND ({wrong})"
            shown = ", ".join(f"{c} = {e}" for c, e in sets)
            found.append(
                Question(change.table, whole, bad, f"rows of {change.table} with {where}: {shown}")
            )
    return tuple(found)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _is_constant(expression: str) -> bool:
    return all(_allowed(node, columns=False) for node in _nodes(expression))


def _is_plain(expression: str) -> bool:
    return all(_allowed(node, columns=True) for node in _nodes(expression))


def _allowed(node: Any, columns: bool) -> bool:
    from pglast import ast

    match node:
        case ast.A_Const() | ast.BoolExpr() | ast.NullTest() | ast.BooleanTest() | ast.String():
            return True
        case ast.Integer() | ast.Float() | ast.Boolean() | ast.A_ArrayExpr() | ast.BitString():
            return True
        case ast.ColumnRef():
            return columns
        case ast.A_Expr():
            names = [str(part.sval) for part in node.name or ()]
            return len(names) == 1 and names[0] in _OPERATORS
        case ast.TypeCast() | ast.TypeName() | ast.CoalesceExpr():
            return True
        case ast.FuncCall():
            called = [str(part.sval) for part in node.funcname or ()]
            return len(called) == 1 and called[0] in _HARMLESS
    return False


def _nodes(expression: str) -> Iterator[Any]:
    from pglast import parse_sql
    from pglast.ast import Node
    from pglast.parser import ParseError

    try:
        (statement,) = parse_sql(f"SELECT ({expression})")
    except (ParseError, ValueError):
        yield None
        return
    selected: Any = statement.stmt
    waiting: list[Any] = [selected.targetList[0].val]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif isinstance(node, Node):
            yield node
            waiting += [getattr(node, name) for name in node if name != "location"]


def _columns(expression: str) -> set[str]:
    from pglast import ast

    references: list[Any] = [n for n in _nodes(expression) if isinstance(n, ast.ColumnRef)]
    return {str(n.fields[-1].sval) for n in references if isinstance(n.fields[-1], ast.String)}
