"""The table locks that a statement takes, from its text alone.

Source: PostgreSQL's documentation of each command and of explicit locking; a test compares every
entry with what a real server holds. What the text doesn't tell is left out: the table of an index
that is dropped, the children of a table, what a function or a DO block does.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType, ObjectType

from reconcile_pipeline.migrations.tree import (
    DEFAULT_SCHEMA,
    Node,
    option,
    parse,
    qualified,
    relation,
    texts,
    walk,
)


class LockMode(IntEnum):
    """Table lock modes, weakest first; the numbers are PostgreSQL's own."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def sql(self) -> str:
        """As in `LOCK TABLE t IN … MODE`, e.g. `ACCESS EXCLUSIVE`."""
        return self.name.replace("_", " ")

    @property
    def blocks_writes(self) -> bool:
        """True where nobody can write to the table meanwhile."""
        return self >= LockMode.SHARE

    @property
    def blocks_reads(self) -> bool:
        """True where nobody can even read the table meanwhile."""
        return self is LockMode.ACCESS_EXCLUSIVE


_SUE = LockMode.SHARE_UPDATE_EXCLUSIVE
_SRE = LockMode.SHARE_ROW_EXCLUSIVE
_ALTER = {
    AT.AT_SetStatistics: _SUE,
    AT.AT_ValidateConstraint: _SUE,
    AT.AT_SetOptions: _SUE,
    AT.AT_ResetOptions: _SUE,
    AT.AT_ClusterOn: _SUE,
    AT.AT_DropCluster: _SUE,
    AT.AT_AttachPartition: _SUE,
    AT.AT_DetachPartitionFinalize: _SUE,
    AT.AT_EnableTrig: _SRE,
    AT.AT_EnableTrigAll: _SRE,
    AT.AT_EnableTrigUser: _SRE,
    AT.AT_EnableAlwaysTrig: _SRE,
    AT.AT_EnableReplicaTrig: _SRE,
    AT.AT_DisableTrig: _SRE,
    AT.AT_DisableTrigAll: _SRE,
    AT.AT_DisableTrigUser: _SRE,
}
_RELATIONS = {
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
    ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_INDEX,
    ObjectType.OBJECT_SEQUENCE,
    ObjectType.OBJECT_FOREIGN_TABLE,
}
_ON_TABLES = {ObjectType.OBJECT_POLICY, ObjectType.OBJECT_TRIGGER, ObjectType.OBJECT_RULE}
_OF_TABLES = {*_ON_TABLES, ObjectType.OBJECT_TABCONSTRAINT}
# Storage parameters of the system's upkeep need less than those that change how a view is read.
_STRONG_OPTIONS = {"security_invoker", "security_barrier", "check_option", "user_catalog_table"}


def locks(sql: str, schema: str = DEFAULT_SCHEMA) -> dict[str, LockMode]:
    """Relation -> the strongest lock that the statement takes on it. Unqualified names are taken
    to be in `schema`. Empty for what does not parse.
    """
    found: dict[str, LockMode] = {}
    for node in parse(sql):
        for name, mode in locks_of(node, schema).items():
            found[name] = max(mode, found.get(name, mode))
    return found


def locks_of(node: Node, schema: str = DEFAULT_SCHEMA) -> dict[str, LockMode]:
    """As `locks`, of one statement's tree."""
    found: dict[str, LockMode] = {}
    for name, mode in _locks(node, schema):
        found[name] = max(mode, found.get(name, mode))
    return found


def _locks(node: Node, schema: str) -> Iterator[tuple[str, LockMode]]:
    exclusive = LockMode.ACCESS_EXCLUSIVE
    match node:
        case ast.AlterTableStmt():
            for command in node.cmds or ():
                yield relation(node.relation, schema), _alter(command)
            yield from _referenced(node, schema)
        case ast.CreateStmt():
            yield from _referenced(node, schema)
            parent = exclusive if node.partbound else _SUE
            yield from ((relation(one, schema), parent) for one in node.inhRelations or ())
        case ast.IndexStmt():
            yield relation(node.relation, schema), _SUE if node.concurrent else LockMode.SHARE
        case ast.DropStmt() if node.removeType in _RELATIONS:
            mode = _SUE if node.concurrent else exclusive
            yield from ((qualified(texts(name), schema), mode) for name in node.objects or ())
        case ast.DropStmt() if node.removeType in _ON_TABLES:
            yield from (
                (qualified(texts(name)[:-1], schema), exclusive) for name in node.objects or ()
            )
        case ast.TruncateStmt():
            yield from ((relation(one, schema), exclusive) for one in node.relations or ())
        case ast.CreatePolicyStmt() | ast.AlterPolicyStmt():
            yield relation(node.table, schema), exclusive
        case ast.CreateTrigStmt():
            yield relation(node.relation, schema), _SRE
        case ast.RuleStmt() | ast.AlterObjectSchemaStmt() if node.relation is not None:
            yield relation(node.relation, schema), exclusive
        case ast.RenameStmt() if node.relation is not None:
            index = node.renameType == ObjectType.OBJECT_INDEX
            yield relation(node.relation, schema), _SUE if index else exclusive
        case ast.ViewStmt() if node.replace:
            yield relation(node.view, schema), exclusive
        case ast.RefreshMatViewStmt():
            mode = LockMode.EXCLUSIVE if node.concurrent else exclusive
            yield relation(node.relation, schema), mode
        case ast.LockStmt():
            yield from (
                (relation(one, schema), LockMode(node.mode or LockMode.ACCESS_EXCLUSIVE))
                for one in node.relations or ()
            )
        case ast.VacuumStmt():
            mode = exclusive if option(node.options, "full") else _SUE
            yield from ((relation(one.relation, schema), mode) for one in node.rels or ())
        case ast.ClusterStmt() if node.relation is not None:
            yield relation(node.relation, schema), exclusive
        case ast.ReindexStmt() if node.relation is not None:
            mode = _SUE if option(node.params, "concurrently") else LockMode.SHARE
            yield relation(node.relation, schema), mode
        case ast.CommentStmt() if node.objtype in _RELATIONS:
            yield qualified(texts(node.object), schema), _SUE
        case ast.CommentStmt() if node.objtype == ObjectType.OBJECT_COLUMN:
            yield qualified(texts(node.object)[:-1], schema), _SUE
        case ast.CommentStmt() if node.objtype in _OF_TABLES:
            yield qualified(texts(node.object)[:-1], schema), LockMode.ACCESS_SHARE
        case ast.CreatePublicationStmt() | ast.AlterPublicationStmt():
            for part in walk(node):
                if isinstance(part, ast.PublicationTable):
                    yield relation(part.relation, schema), _SUE
        case ast.InsertStmt() | ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt():
            yield relation(node.relation, schema), LockMode.ROW_EXCLUSIVE


def _alter(command: Node) -> LockMode:
    if command.subtype == AT.AT_AddConstraint:
        foreign = command.def_.contype == ConstrType.CONSTR_FOREIGN
        return _SRE if foreign else LockMode.ACCESS_EXCLUSIVE
    if command.subtype in (AT.AT_SetRelOptions, AT.AT_ResetRelOptions):
        strong = _STRONG_OPTIONS & {one.defname for one in command.def_}
        return LockMode.ACCESS_EXCLUSIVE if strong else _SUE
    if command.subtype == AT.AT_DetachPartition and command.def_.concurrent:
        return _SUE
    return _ALTER.get(command.subtype, LockMode.ACCESS_EXCLUSIVE)


def _referenced(node: Node, schema: str) -> Iterator[tuple[str, LockMode]]:
    """A foreign key also locks the table that it points to, and a partition's table itself."""
    for part in walk(node):
        if isinstance(part, ast.Constraint) and part.pktable is not None:
            yield relation(part.pktable, schema), _SRE
        if isinstance(part, ast.PartitionCmd) and part.name is not None:
            mode = _SUE if part.concurrent else LockMode.ACCESS_EXCLUSIVE
            yield relation(part.name, schema), mode
