"""A constraint that checks every row that is there, under a lock."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts

NAME = "constraint_without_not_valid"

_KINDS = {
    ConstrType.CONSTR_FOREIGN: "The foreign key",
    ConstrType.CONSTR_CHECK: "The constraint",
    ConstrType.CONSTR_NOTNULL: "The constraint",
}


def check(node: Node) -> Iterator[Hazard]:
    """ADD FOREIGN KEY, ADD CHECK and ADD NOT NULL without NOT VALID, in ALTER TABLE; ADD CHECK and
    SET NOT NULL in ALTER DOMAIN.
    """
    if isinstance(node, ast.AlterDomainStmt):
        yield from _domain(node)
    if not isinstance(node, ast.AlterTableStmt):
        return
    for command in node.cmds or ():
        if command.subtype != AT.AT_AddConstraint or command.def_.skip_validation:
            continue
        kind = _KINDS.get(command.def_.contype)
        not_null = command.def_.contype == ConstrType.CONSTR_NOTNULL
        if kind and (not_null or command.def_.is_enforced):
            table = relation(node.relation)
            name = f" {command.def_.conname}" if command.def_.conname else ""
            message = (
                f"{kind}{name} checks every row of {table} under a lock, and fails if one breaks "
                "it: there is no NOT VALID."
            )
            yield Hazard(NAME, Severity.WARNING, message, (table,))


def _domain(node: Node) -> Iterator[Hazard]:
    added = node.subtype == "C" and not node.def_.skip_validation
    if added or node.subtype == "O":
        domain = qualified(texts(node.typeName))
        message = (
            f"Every row of every table with a column of the domain {domain} is checked while "
            "nobody may write to those tables, and it fails if one breaks it"
            f"{': there is no NOT VALID' if added else ''}."
        )
        yield Hazard(NAME, Severity.WARNING, message, (domain,))
