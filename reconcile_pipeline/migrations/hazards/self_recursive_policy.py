"""A policy that reads its own table: every query on it then fails."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation, relations

NAME = "self_recursive_policy"


def check(node: Node) -> Iterator[Hazard]:
    """CREATE and ALTER POLICY whose USING or WITH CHECK selects from the policy's table."""
    if not isinstance(node, ast.CreatePolicyStmt | ast.AlterPolicyStmt):
        return
    table = relation(node.table)
    if table in relations((node.qual, node.with_check)):
        message = (
            f"The policy {node.policy_name} reads {table}, its own table: queries fail with "
            "“infinite recursion detected in policy”."
        )
        yield Hazard(NAME, Severity.DANGER, message, (f"{table}.{node.policy_name}",))
