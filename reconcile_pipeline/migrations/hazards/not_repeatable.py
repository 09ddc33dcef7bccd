"""Run a second time, after it stopped halfway, it fails at what is there already."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation

NAME = "not_repeatable"

_MAKES = (
    ast.CreateStmt, ast.IndexStmt, ast.CreateSeqStmt, ast.CreateSchemaStmt,
    ast.CreateExtensionStmt, ast.CreateTableAsStmt,
)  # fmt: skip
_ALWAYS = (
    ast.CreateEnumStmt, ast.CreateDomainStmt, ast.CompositeTypeStmt, ast.CreatePolicyStmt,
    ast.CreateRangeStmt, ast.RenameStmt,
)  # fmt: skip
_REPLACES = (ast.ViewStmt, ast.CreateFunctionStmt, ast.CreateTrigStmt, ast.RuleStmt)


def check(node: Node) -> Iterator[Hazard]:
    """CREATE, DROP and ALTER without IF EXISTS, IF NOT EXISTS or OR REPLACE."""
    what = ""
    if isinstance(node, _MAKES):
        what = "CREATE without IF NOT EXISTS" if not node.if_not_exists else ""
        concurrent = isinstance(node, ast.IndexStmt) and node.concurrent
        if isinstance(node, ast.IndexStmt) and concurrent and node.if_not_exists:
            what = "CREATE INDEX CONCURRENTLY passes over the invalid index that it left behind"
        if isinstance(node, ast.IndexStmt) and not node.idxname:
            what = "CREATE INDEX without a name makes another one"
    elif isinstance(node, _REPLACES):
        what = "CREATE without OR REPLACE" if not node.replace else ""
    elif isinstance(node, _ALWAYS):
        what = "It cannot be said with IF NOT EXISTS"
    elif isinstance(node, ast.DropStmt):
        what = "DROP without IF EXISTS" if not node.missing_ok else ""
    elif isinstance(node, ast.AlterEnumStmt):
        what = "ADD VALUE without IF NOT EXISTS" if not node.skipIfNewValExists else ""
    elif isinstance(node, ast.AlterTableStmt | ast.AlterObjectSchemaStmt):
        commands = getattr(node, "cmds", None) or (node,)
        bare = [c for c in commands if not c.missing_ok]
        what = "ALTER without IF EXISTS or IF NOT EXISTS" if bare else ""
    if what:
        table = getattr(node, "relation", None)
        named = (relation(table),) if isinstance(table, ast.RangeVar) else ()
        yield Hazard(NAME, Severity.NOTICE, f"Run again, it fails or does it twice: {what}.", named)
