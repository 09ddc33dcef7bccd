"""A constraint that the rows that are there need not meet."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation

NAME = "not_validated"


def check(node: Node) -> Iterator[Hazard]:
    """ADD CONSTRAINT … NOT VALID. A file's later VALIDATE CONSTRAINT takes it back."""
    if not isinstance(node, ast.AlterTableStmt):
        return
    for command in node.cmds or ():
        if command.subtype == AT.AT_AddConstraint and command.def_.skip_validation:
            constraint = f"{relation(node.relation)}.{command.def_.conname or '(unnamed)'}"
            message = f"The constraint {constraint} says nothing of rows that are there: NOT VALID."
            yield Hazard(NAME, Severity.NOTICE, message, (constraint,))


def validated(node: Node) -> Iterator[str]:
    """The constraints that this statement validates."""
    if isinstance(node, ast.AlterTableStmt):
        for command in node.cmds or ():
            if command.subtype == AT.AT_ValidateConstraint:
                yield f"{relation(node.relation)}.{command.name}"
