"""Which settings of the session a statement leaves behind for those that come after it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pglast import ast
from pglast.enums import VariableSetKind

from reconcile_pipeline.migrations.tree import parse, texts

_SETS = (VariableSetKind.VAR_SET_VALUE, VariableSetKind.VAR_SET_CURRENT)


@lru_cache(maxsize=16_384)
def left_set(sql: str) -> tuple[str, ...]:
    """Names of what `SET name`, `SET LOCAL name` and `SELECT set_config('name', …)` set."""
    return tuple(dict.fromkeys(name for node in parse(sql) for name in _names(node)))


def is_setting(sql: str) -> bool:
    """True for a statement that only sets or resets something in the session."""
    nodes = parse(sql)
    return bool(nodes) and all(
        (isinstance(node, ast.VariableSetStmt) and node.kind != VariableSetKind.VAR_SET_MULTI)
        or any(_names(node))
        for node in nodes
    )


def _names(node: object) -> Iterator[str]:
    if isinstance(node, ast.VariableSetStmt) and node.kind in _SETS and node.name:
        yield str(node.name)
    if isinstance(node, ast.SelectStmt):
        for target in node.targetList or ():
            call = target.val
            if isinstance(call, ast.FuncCall) and texts(call.funcname)[-1:] == ("set_config",):
                first = call.args[0] if call.args else None
                if isinstance(first, ast.A_Const) and isinstance(first.val, ast.String):
                    yield str(first.val.sval)
