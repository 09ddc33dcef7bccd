"""What is there stays there, and does something else."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts, walk

NAME = "changes_behaviour"

_COLUMNS = {
    AT.AT_ColumnDefault: "New rows get another default in {0}.{1}.",
    AT.AT_CookedColumnDefault: "New rows get another default in {0}.{1}.",
    AT.AT_AddIdentity: "{0}.{1} is numbered by the server.",
    AT.AT_SetIdentity: "{0}.{1} is numbered otherwise.",
    AT.AT_DropIdentity: "{0}.{1} is no longer numbered by the server.",
    AT.AT_SetExpression: "{0}.{1} is computed otherwise.",
    AT.AT_DropExpression: "{0}.{1} is no longer computed.",
    AT.AT_AddColumn: "SELECT * of {0} has one column more, and so has INSERT without a list.",
    AT.AT_ReplicaIdentity: "Subscribers find the rows of {0} by something else.",
    AT.AT_DropInherit: "{0} is no part of its parent any more.",
}
_TRIGGERS = {
    AT.AT_DisableTrig, AT.AT_DisableTrigAll, AT.AT_DisableTrigUser, AT.AT_EnableReplicaTrig,
    AT.AT_EnableTrig, AT.AT_EnableTrigAll, AT.AT_EnableTrigUser, AT.AT_EnableAlwaysTrig,
    AT.AT_DisableRule, AT.AT_EnableRule,
}  # fmt: skip
_SETTINGS = (
    ast.AlterDatabaseSetStmt, ast.AlterDatabaseStmt, ast.AlterDatabaseRefreshCollStmt,
    ast.AlterSystemStmt, ast.AlterRoleSetStmt,
)  # fmt: skip


def check(node: Node) -> Iterator[Hazard]:
    """Defaults, identities, triggers, functions, views, sequences, settings, extensions."""
    match node:
        case ast.AlterTableStmt() if node.objtype in (
            ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW,
        ):  # fmt: skip
            name = relation(node.relation)
            yield _hazard(f"The view {name} is read otherwise.", name)
        case ast.AlterTableStmt() if node.objtype == ObjectType.OBJECT_TYPE:
            name = relation(node.relation)
            yield _hazard(f"Values of {name} have other parts.", name)
        case ast.AlterTableStmt():
            yield from _table(relation(node.relation), node)
        case ast.ViewStmt() if node.replace:
            name = relation(node.view)
            yield _hazard(f"The view {name} is another one, if it was there.", name)
        case ast.CreateFunctionStmt() if node.replace:
            name = qualified(texts(node.funcname))
            yield _hazard(f"{name} does something else, if it was there.", name)
        case ast.CreateTrigStmt() | ast.RuleStmt() if node.replace:
            name = relation(node.relation)
            yield _hazard(f"Something else happens at writes to {name}, if it was there.", name)
        case ast.DefineStmt() if node.replace:
            name = qualified(texts(node.defnames))
            yield _hazard(f"{name} computes something else, if it was there.", name)
        case ast.AlterEventTrigStmt():
            yield _hazard(f"The event trigger {node.trigname} fires otherwise.")
        case ast.SelectStmt():
            calls = (part for part in walk(node) if isinstance(part, ast.FuncCall))
            if any(texts(call.funcname)[-1] == "setval" for call in calls):
                yield _hazard("A sequence gives other numbers.")
        case ast.AlterDomainStmt() if node.subtype == "T":
            name = qualified(texts(node.typeName))
            yield _hazard(f"New values of {name} have another default.", name)
        case ast.AlterFunctionStmt():
            name = qualified(texts(node.func))
            yield _hazard(f"{name} runs in another way.", name)
        case ast.AlterSeqStmt():
            name = relation(node.sequence)
            yield _hazard(f"The sequence {name} gives other numbers.", name)
        case ast.AlterExtensionStmt() | ast.AlterExtensionContentsStmt():
            yield _hazard(f"The extension {node.extname} is another one.", str(node.extname))
        case _ if isinstance(node, _SETTINGS):
            yield _hazard("Sessions begun from now on work with other settings.")


def _table(table: str, node: Node) -> Iterator[Hazard]:
    for command in node.cmds or ():
        if command.subtype in _TRIGGERS:
            yield _hazard(f"Other triggers or rules of {table} fire.", table)
        elif (words := _COLUMNS.get(command.subtype)) is not None:
            name = command.name or getattr(command.def_, "colname", "")
            yield _hazard(words.format(table, name), table)


def _hazard(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.NOTICE, message, objects)
