"""Row-level security that is off, or lets everyone."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT

from reconcile_pipeline.migrations.hazards.loosens_access.grants import Found, _who
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.migrations.tree import Node, is_true, relation

# Roles for which row-level security has no say anyhow.
_ABOVE = {"service_role", "postgres", "supabase_admin"}


def check(node: Node) -> Iterator[Found]:
    """DISABLE and NO FORCE ROW LEVEL SECURITY; policies that are always true."""
    if isinstance(node, ast.AlterTableStmt):
        table = relation(node.relation)
        for command in node.cmds or ():
            if command.subtype == AT.AT_DisableRowSecurity:
                message = f"Row-level security of {table} is off: grants alone decide."
                yield Severity.DANGER, message, (table,)
            elif command.subtype == AT.AT_NoForceRowSecurity:
                message = f"Row-level security of {table} has no say over its owner."
                yield Severity.WARNING, message, (table,)
    elif isinstance(node, ast.CreatePolicyStmt):
        if node.permissive and not (_who(node.roles) and _who(node.roles) <= _ABOVE):
            yield from _policy(node, str(node.cmd_name), created=True)
    elif isinstance(node, ast.AlterPolicyStmt):
        yield from _policy(node, "all", created=False)


def _policy(node: Node, command: str, *, created: bool) -> Iterator[Found]:
    table = relation(node.table)
    policy = (f"{table}.{node.policy_name}",)
    # A policy without the clause that its command asks for lets every row.
    reads = is_true(node.qual) or (created and node.qual is None and command != "insert")
    check = node.with_check if node.with_check is not None else node.qual
    writes = is_true(check) or (created and check is None)
    whom = " or ".join(sorted(_who(getattr(node, "roles", None)))) if created else "its roles"
    whom = "everyone" if whom in ("", "PUBLIC") else whom
    name = f"The policy {node.policy_name} lets {whom}"
    if writes and command in ("all", "insert", "update"):
        yield Severity.DANGER, f"{name} write any row of {table}: its check is true.", policy
    elif reads and command == "delete":
        yield Severity.DANGER, f"{name} delete any row of {table}: it is always true.", policy
    elif reads and command in ("all", "update"):
        yield Severity.DANGER, f"{name} reach any row of {table}: it is always true.", policy
    elif reads and command == "select":
        yield Severity.WARNING, f"{name} read every row of {table}: it is always true.", policy
