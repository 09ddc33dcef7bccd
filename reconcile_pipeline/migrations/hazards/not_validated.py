"""A constraint that the rows that are there need not meet."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation, texts

NAME = "not_validated"


def check(node: Node) -> Iterator[Hazard]:
    """ADD CONSTRAINT … NOT VALID. A file's later VALIDATE CONSTRAINT takes it back.

    And session_replication_role = replica, as dumps of data set it.
    """
    if isinstance(node, ast.VariableSetStmt | ast.SelectStmt) and _as_replica(node):
        message = (
            "What this session writes from here on is held to no foreign key, and fires no "
            "trigger: session_replication_role."
        )
        yield Hazard(NAME, Severity.WARNING, message)
    if not isinstance(node, ast.AlterTableStmt):
        return
    for command in node.cmds or ():
        if command.subtype == AT.AT_AddConstraint and command.def_.skip_validation:
            constraint = f"{relation(node.relation)}.{command.def_.conname or '(unnamed)'}"
            message = f"The constraint {constraint} says nothing of rows that are there: NOT VALID."
            yield Hazard(NAME, Severity.NOTICE, message, (constraint,))


def _as_replica(node: Node) -> bool:
    if isinstance(node, ast.VariableSetStmt):
        name, given = node.name, node.args or ()
    else:
        calls = [c for t in node.targetList or () if isinstance(c := t.val, ast.FuncCall)]
        named = [c.args for c in calls if texts(c.funcname)[-1:] == ("set_config",)]
        name, given = next(((_text(args[0]), args[1:2]) for args in named if args), ("", ()))
    return name == "session_replication_role" and any(_text(each) == "replica" for each in given)


def _text(value: Node) -> str:
    match value:
        case ast.A_Const(val=ast.String(sval=str() as text)):
            return text
        case _:
            return ""


def validated(node: Node) -> Iterator[str]:
    """The constraints that this statement validates."""
    if isinstance(node, ast.AlterTableStmt):
        for command in node.cmds or ():
            if command.subtype == AT.AT_ValidateConstraint:
                yield f"{relation(node.relation)}.{command.name}"
