"""Views that read with their owner's rights, past the row-level security of their tables."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.hazards.loosens_access.grants import Found
from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.migrations.tree import Node, option, relation, truth

_PAST = "with its owner's rights: row-level security of its tables does not bind who reads it"


def check(node: Node) -> Iterator[Found]:
    """CREATE VIEW without security_invoker, taking it away, and materialized views."""
    if isinstance(node, ast.ViewStmt) and node.view and node.view.relpersistence != "t":
        invoker = option(node.options, "security_invoker")
        if invoker is None or not truth(invoker.arg):
            name = relation(node.view)
            too = "; REPLACE takes security_invoker away where it was set" if node.replace else ""
            yield Severity.WARNING, f"The view {name} reads {_PAST}{too}.", (name,)
    elif isinstance(node, ast.AlterTableStmt) and node.objtype == ObjectType.OBJECT_VIEW:
        name = relation(node.relation)
        for command in node.cmds or ():
            invoker = None
            if command.subtype in (AT.AT_SetRelOptions, AT.AT_ResetRelOptions):
                invoker = option(command.def_, "security_invoker")
            reset = command.subtype == AT.AT_ResetRelOptions
            if invoker is not None and (reset or not truth(invoker.arg)):
                yield Severity.WARNING, f"The view {name} now reads {_PAST}.", (name,)
    elif (
        isinstance(node, ast.CreateTableAsStmt)
        and node.objtype == ObjectType.OBJECT_MATVIEW
        and node.into
    ):
        name = relation(node.into.rel)
        message = f"The materialized view {name} has no row-level security of its own."
        yield Severity.NOTICE, message, (name,)
