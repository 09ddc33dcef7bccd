"""Writes that were fine are refused from then on."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts

NAME = "rejects_writes"

_RULES = {
    ConstrType.CONSTR_CHECK, ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_UNIQUE,
    ConstrType.CONSTR_PRIMARY, ConstrType.CONSTR_EXCLUSION, ConstrType.CONSTR_NOTNULL,
}  # fmt: skip


def check(node: Node) -> Iterator[Hazard]:
    """Constraints (NOT VALID too), NOT NULL, unique indexes, rules of domains."""
    if isinstance(node, ast.AlterTableStmt):
        table = relation(node.relation)
        for command in node.cmds or ():
            if command.subtype == AT.AT_AddConstraint:
                yield _hazard(f"Writes to {table} that break the constraint are refused.", table)
            elif command.subtype == AT.AT_SetNotNull:
                yield _hazard(f"Writes of NULL into {table}.{command.name} are refused.", table)
            elif command.subtype == AT.AT_AddColumn:
                kinds = {one.contype for one in command.def_.constraints or ()}
                if kinds & _RULES:
                    name = command.def_.colname
                    yield _hazard(f"Writes to {table} must meet the rules of {name}.", table)
    elif isinstance(node, ast.IndexStmt) and node.unique:
        yield _hazard(f"Writes to {relation(node.relation)} of a value twice are refused.",
                      relation(node.relation))  # fmt: skip
    elif isinstance(node, ast.CreateDomainStmt) and node.constraints:
        name = qualified(texts(node.domainname))
        message = f"The rules of {name} cannot be changed later without a look at every row."
        yield _hazard(message, name)
    elif isinstance(node, ast.AlterDomainStmt):
        name = qualified(texts(node.typeName))
        yield _hazard(f"Every column of {name} must meet its new rules, and is looked at.", name)


def _hazard(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.NOTICE, message, objects)
