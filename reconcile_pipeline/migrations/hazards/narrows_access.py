"""Somebody may read or write less than before, and their queries fail or find nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation

NAME = "narrows_access"

_SWITCHES = {
    AT.AT_EnableRowSecurity: "Row-level security of {0} is on: without a policy nobody sees a row.",
    AT.AT_ForceRowSecurity: "Row-level security of {0} binds its owner, too.",
    AT.AT_DisableRowSecurity: "Row-level security of {0} is off: its policies have no say.",
    AT.AT_NoForceRowSecurity: "Row-level security of {0} no longer binds its owner.",
}


def check(node: Node) -> Iterator[Hazard]:
    """REVOKE, row-level security, policies made or altered, attributes of roles."""
    if isinstance(node, ast.GrantStmt | ast.GrantRoleStmt) and not node.is_grant:
        yield _hazard("Takes privileges away: whoever used them fails.")
    elif isinstance(node, ast.AlterDefaultPrivilegesStmt) and not (
        node.action and node.action.is_grant
    ):
        yield _hazard("New objects come with fewer privileges.")
    elif isinstance(node, ast.AlterTableStmt):
        table = relation(node.relation)
        for command in node.cmds or ():
            if (words := _SWITCHES.get(command.subtype)) is not None:
                yield _hazard(words.format(table), table)
    elif isinstance(node, ast.CreatePolicyStmt):
        table = relation(node.table)
        message = f"The policy {node.policy_name} decides which rows of {table} are seen."
        yield _hazard(message, f"{table}.{node.policy_name}")
    elif isinstance(node, ast.AlterPolicyStmt):
        table = relation(node.table)
        message = f"The policy {node.policy_name} of {table} lets others see other rows."
        yield _hazard(message, f"{table}.{node.policy_name}")
    elif isinstance(node, ast.AlterRoleStmt | ast.AlterRoleSetStmt | ast.DropRoleStmt):
        yield _hazard("What a role may do, or how it works, is changed.")


def _hazard(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.NOTICE, message, objects)
