"""Rights that come from what users can write themselves.

On Supabase `auth.users.raw_user_meta_data` is the user's own; in the token it is `user_metadata`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.hazards.loosens_access.grants import Found
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.migrations.tree import Node, option, qualified, relation, texts, walk

_OWN = {"raw_user_meta_data", "user_metadata"}
_RIGHT = re.compile(r"role|admin|permission|privilege|is_staff|superuser", re.IGNORECASE)
_IN_BODY = re.compile(
    r"(?:raw_user_meta_data|user_metadata)'?\s*\)?\s*->>?\s*'([^']*)'", re.IGNORECASE
)


def check(node: Node) -> Iterator[Found]:
    """Policies that read it at all; anything that reads a role from it."""
    if isinstance(node, ast.CreatePolicyStmt | ast.AlterPolicyStmt):
        if any(_own(part) for part in walk((node.qual, node.with_check))):
            name = f"{relation(node.table)}.{node.policy_name}"
            message = f"The policy {node.policy_name} trusts metadata that users write themselves."
            yield Severity.DANGER, message, (name,)
        return
    keys = [key for part in walk(node) for key in _keys(part)]
    objects: tuple[str, ...] = ()
    if isinstance(node, ast.CreateFunctionStmt | ast.DoStmt):
        options = node.options if isinstance(node, ast.CreateFunctionStmt) else node.args
        body = option(options, "as")
        keys += _IN_BODY.findall("".join(texts(body.arg))) if body else []
        if isinstance(node, ast.CreateFunctionStmt):
            objects = (qualified(texts(node.funcname)),)
    for key in dict.fromkeys(keys):
        if _RIGHT.search(key):
            message = f"Takes {key!r} from metadata that users write themselves: they choose it."
            yield Severity.DANGER, message, objects


def _own(node: Node) -> bool:
    if isinstance(node, ast.ColumnRef):
        return bool(set(texts(node.fields)) & _OWN)
    return isinstance(node, ast.A_Const) and bool(set(texts(node.val)) & _OWN)


def _keys(node: Node) -> Iterator[str]:
    """The key that `metadata ->> 'key'` reads."""
    if isinstance(node, ast.A_Expr) and texts(node.name) in (("->",), ("->>",)):
        last = node.lexpr.rexpr if isinstance(node.lexpr, ast.A_Expr) else node.lexpr
        if _own(last) and isinstance(node.rexpr, ast.A_Const):
            yield "".join(texts(node.rexpr.val))
