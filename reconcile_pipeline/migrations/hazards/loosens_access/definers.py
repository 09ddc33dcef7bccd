"""Functions that run with their owner's rights and look names up where the caller says."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import VariableSetKind

from reconcile_pipeline.migrations.hazards.loosens_access.grants import Found
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.migrations.tree import Node, option, qualified, texts, truth

_RESETS = {VariableSetKind.VAR_RESET, VariableSetKind.VAR_SET_DEFAULT}


def check(node: Node) -> Iterator[Found]:
    """SECURITY DEFINER without SET search_path, when made or altered; RESET search_path."""
    if isinstance(node, ast.CreateFunctionStmt):
        name, options = qualified(texts(node.funcname)), node.options or ()
    elif isinstance(node, ast.AlterFunctionStmt):
        name, options = qualified(texts(node.func)), node.actions or ()
    else:
        return
    security = option(options, "security")
    settings = [one.arg for one in options if one.defname == "set"]
    fixed = any(one.name == "search_path" and one.kind not in _RESETS for one in settings)
    if security is not None and truth(security.arg) and not fixed:
        message = (
            f"{name} runs with its owner's rights (SECURITY DEFINER) and without SET search_path: "
            "a caller can put objects of their own before those it means."
        )
        yield Severity.WARNING, message, (name,)
    for one in settings:
        if one.kind == VariableSetKind.VAR_RESET_ALL or (
            one.name == "search_path" and one.kind in _RESETS
        ):
            yield Severity.WARNING, f"{name} loses its fixed search_path.", (name,)
