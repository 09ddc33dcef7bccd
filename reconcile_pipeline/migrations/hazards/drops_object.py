"""An object goes that holds no rows, and whatever relies on it fails from then on."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.objects import identity
from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, Node, qualified, relation, texts

NAME = "drops_object"

_SAID_ELSEWHERE = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SCHEMA}  # deletes_data says more
_PARTS = {
    AT.AT_DropConstraint: "the constraint {0}.{1}: what it kept out may come in",
    AT.AT_DropExpression: "the expression of {0}.{1}: its values are no longer computed",
    AT.AT_DropIdentity: "the identity of {0}.{1}: it no longer numbers rows",
    AT.AT_DropNotNull: "NOT NULL of {0}.{1}: whoever reads it may meet NULL",
    AT.AT_DropInherit: "the parent of {0}: who reads the parent no longer sees its rows",
    AT.AT_DetachPartition: "a partition of {0}: who reads the whole no longer sees its rows",
}
#: What becomes of those who have to do with it, where nothing fails for want of it.
_WITHOUT = {
    ObjectType.OBJECT_POLICY: "rows vanish for those it let in, and come for those it kept out",
    ObjectType.OBJECT_TRIGGER: "what it did is no longer done",
    ObjectType.OBJECT_RULE: "what it did is no longer done",
    ObjectType.OBJECT_INDEX: "queries that used it are slower; what was unique by it need not be",
}
#: The parser's letters for the forms of ALTER DOMAIN.
_OF_DOMAINS = {"X": "a constraint", "N": "NOT NULL", "T": "the default"}


def check(node: Node) -> Iterator[Hazard]:
    """DROP of all but tables; constraints, NOT NULL, identities, expressions, parents."""
    if isinstance(node, ast.DropStmt) and (
        node.removeType is not None and node.removeType not in _SAID_ELSEWHERE
    ):
        for name in node.objects or ():
            named = identity(node.removeType, name, DEFAULT_SCHEMA)
            kind = node.removeType.name.removeprefix("OBJECT_").lower()
            kind = {"matview": "materialized view"}.get(kind, kind.replace("_", " "))
            then = _WITHOUT.get(node.removeType, "whatever relies on it fails")
            message = f"Drops the {kind} {named}: {then}."
            yield Hazard(NAME, Severity.WARNING, message, (named,))
    elif isinstance(node, ast.AlterTableStmt):
        table = relation(node.relation)
        for command in node.cmds or ():
            if (words := _PARTS.get(command.subtype)) is not None:
                message = f"Drops {words.format(table, command.name)}."
                yield Hazard(NAME, Severity.WARNING, message, (table,))
            elif command.subtype == AT.AT_ColumnDefault and command.def_ is None:
                message = f"Drops the default of {table}.{command.name}."
                yield Hazard(NAME, Severity.WARNING, message, (table,))
    elif isinstance(node, ast.AlterDomainStmt) and node.subtype in _OF_DOMAINS:
        name = qualified(texts(node.typeName))
        if node.subtype != "T" or node.def_ is None:
            message = f"Drops {_OF_DOMAINS[node.subtype]} of the domain {name}."
            yield Hazard(NAME, Severity.WARNING, message, (name,))
