"""Nobody can read or write the table while this holds its lock."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType, ObjectType

from reconcile_pipeline.migrations.hazards import constraint_without_not_valid, rewrites_table
from reconcile_pipeline.migrations.locks import LockMode, locks_of
from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, relation

NAME = "strong_lock"


def check(node: Node) -> Iterator[Hazard]:
    """ACCESS EXCLUSIVE locks: short ones are a notice, scans under one a warning."""
    if isinstance(node, ast.DropStmt) and node.removeType == ObjectType.OBJECT_INDEX:
        return  # index_without_concurrently says more
    scanned = dict(_scans(node))
    others = (rewrites_table.check, constraint_without_not_valid.check)
    said = {table for rule in others for hazard in rule(node) for table in hazard.objects}
    for table, mode in locks_of(node).items():
        if mode is not LockMode.ACCESS_EXCLUSIVE or (table in said and table not in scanned):
            continue
        if why := scanned.get(table):
            message = f"Locks {table} against reads and writes while {why}."
            yield Hazard(NAME, Severity.WARNING, message, (table,))
        else:
            message = (
                f"Locks {table} against reads and writes (ACCESS EXCLUSIVE), for a moment once "
                "it has the lock; whoever comes after it waits as long as it does."
            )
            yield Hazard(NAME, Severity.NOTICE, message, (table,))


def _scans(node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.RefreshMatViewStmt):
        yield relation(node.relation), "its query runs"
    if not isinstance(node, ast.AlterTableStmt):
        return
    table = relation(node.relation)
    for command in node.cmds or ():
        if command.subtype == AT.AT_SetNotNull:
            yield table, f"all rows are searched for NULL in {command.name}"
        elif command.subtype == AT.AT_AddColumn:
            yield from ((table, why) for why in _with_column(command.def_))
        elif command.subtype == AT.AT_AddConstraint and not command.def_.indexname:
            if command.def_.contype in (ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY):
                yield table, "the constraint's index is built"
            elif command.def_.contype == ConstrType.CONSTR_EXCLUSION:
                yield table, "the exclusion constraint's index is built"


def _with_column(column: Node) -> Iterator[str]:
    """What a new column's own constraints ask of all rows, though they hold nothing of it yet."""
    kinds = {constraint.contype for constraint in column.constraints or ()}
    if ConstrType.CONSTR_CHECK in kinds:
        yield f"the new column {column.colname}'s check is asked of all rows"
    if kinds & {ConstrType.CONSTR_UNIQUE, ConstrType.CONSTR_PRIMARY}:
        yield f"the new column {column.colname}'s index is built"
    if kinds >= {ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_DEFAULT}:  # NULL refers to nothing
        yield f"all rows' new {column.colname} is looked up"
