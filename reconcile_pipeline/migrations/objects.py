"""Which objects a statement names, by what it does to them.

Identities are raw: `schema.object`, `schema.table.column`, `schema.table.policy` (and so triggers,
rules and constraints), `schema.function` without its arguments; schemas, extensions, roles,
publications and event triggers by their bare names.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ObjectType

from reconcile_pipeline.migrations.tree import Node, qualified, relation, texts


class Use(StrEnum):
    """What a statement does to an object that it names."""

    CREATED = "created"
    ALTERED = "altered"
    DROPPED = "dropped"


_BARE = {
    ObjectType.OBJECT_SCHEMA,
    ObjectType.OBJECT_EXTENSION,
    ObjectType.OBJECT_ROLE,
    ObjectType.OBJECT_PUBLICATION,
    ObjectType.OBJECT_SUBSCRIPTION,
    ObjectType.OBJECT_EVENT_TRIGGER,
    ObjectType.OBJECT_DATABASE,
    ObjectType.OBJECT_FDW,
    ObjectType.OBJECT_FOREIGN_SERVER,
    ObjectType.OBJECT_LANGUAGE,
}
_OF_TABLES = {
    ObjectType.OBJECT_POLICY,
    ObjectType.OBJECT_TRIGGER,
    ObjectType.OBJECT_RULE,
    ObjectType.OBJECT_COLUMN,
    ObjectType.OBJECT_TABCONSTRAINT,
}
# Statements that make one thing, and the attribute that names it: a RangeVar, a list or a string.
_MAKES = {
    ast.ViewStmt: "view",
    ast.CreateSeqStmt: "sequence",
    ast.CompositeTypeStmt: "typevar",
    ast.CreateFunctionStmt: "funcname",
    ast.CreateEnumStmt: "typeName",
    ast.CreateRangeStmt: "typeName",
    ast.CreateDomainStmt: "domainname",
    ast.CreateStatsStmt: "defnames",
    ast.DefineStmt: "defnames",
    ast.CreateOpClassStmt: "opclassname",
    ast.CreateOpFamilyStmt: "opfamilyname",
}
_MAKES_BARE = {
    ast.CreateSchemaStmt: "schemaname",
    ast.CreateExtensionStmt: "extname",
    ast.CreateRoleStmt: "role",
    ast.CreatePublicationStmt: "pubname",
    ast.CreateEventTrigStmt: "trigname",
    ast.CreateFdwStmt: "fdwname",
    ast.CreateForeignServerStmt: "servername",
}
_ALTERS = {
    ast.AlterEnumStmt: "typeName",
    ast.AlterDomainStmt: "typeName",
    ast.AlterFunctionStmt: "func",
    ast.AlterSeqStmt: "sequence",
    ast.AlterTypeStmt: "typeName",
    ast.AlterStatsStmt: "defnames",
}
_ALTERS_BARE = {
    ast.AlterPublicationStmt: "pubname",
    ast.AlterExtensionStmt: "extname",
    ast.AlterEventTrigStmt: "trigname",
}
_ON_TABLE = {
    ast.CreatePolicyStmt: (Use.CREATED, "table", "policy_name"),
    ast.AlterPolicyStmt: (Use.ALTERED, "table", "policy_name"),
    ast.CreateTrigStmt: (Use.CREATED, "relation", "trigname"),
    ast.RuleStmt: (Use.CREATED, "relation", "rulename"),
}
_COLUMN_FORMS = {
    AT.AT_AddColumn: Use.CREATED,
    AT.AT_DropColumn: Use.DROPPED,
    AT.AT_AddConstraint: Use.CREATED,
    AT.AT_DropConstraint: Use.DROPPED,
}


def objects(node: Node, schema: str) -> Iterator[tuple[Use, str]]:
    """(use, identity) of each object that the statement itself names as its own affair."""
    kind = type(node)
    if name := _MAKES.get(kind):
        yield Use.CREATED, _name(getattr(node, name), schema)
    elif name := _MAKES_BARE.get(kind):
        if bare := getattr(node, name):
            yield Use.CREATED, str(bare)
        for inner in getattr(node, "schemaElts", None) or ():
            yield from objects(inner, str(getattr(node, name)))
    elif name := _ALTERS.get(kind):
        yield Use.ALTERED, _name(getattr(node, name), schema)
    elif name := _ALTERS_BARE.get(kind):
        yield Use.ALTERED, str(getattr(node, name))
    elif kind in _ON_TABLE:
        use, table, own = _ON_TABLE[kind]
        yield use, f"{relation(getattr(node, table), schema)}.{getattr(node, own)}"
    else:
        yield from _others(node, schema)


def _others(node: Node, schema: str) -> Iterator[tuple[Use, str]]:
    match node:
        case ast.CreateStmt():
            yield from _table(node, schema)
        case ast.CreateForeignTableStmt():
            yield from _table(node.base, schema)
        case ast.CreateTableAsStmt():
            if node.into and node.into.rel:
                yield Use.CREATED, relation(node.into.rel, schema)
        case ast.SelectStmt():
            if node.intoClause and node.intoClause.rel:
                yield Use.CREATED, relation(node.intoClause.rel, schema)
        case ast.IndexStmt():
            if node.idxname and node.relation:
                yield Use.CREATED, f"{node.relation.schemaname or schema}.{node.idxname}"
        case ast.AlterTableStmt():
            yield from _alter_table(node, schema)
        case ast.DropStmt():
            for name in node.objects or ():
                yield Use.DROPPED, identity(node.removeType, name, schema)
        case ast.RenameStmt():
            yield from _rename(node, schema)
        case ast.AlterObjectSchemaStmt():
            old = _name(node.relation or node.object, schema)
            yield Use.DROPPED, old
            yield Use.CREATED, f"{node.newschema}.{old.rpartition('.')[2]}"
        case ast.CommentStmt() | ast.SecLabelStmt():
            yield Use.ALTERED, identity(node.objtype, node.object, schema)
        case ast.AlterOwnerStmt():
            named = node.relation or node.object
            yield Use.ALTERED, identity(node.objectType, named, schema)
        case ast.GrantStmt():
            for one in node.objects or ():
                yield Use.ALTERED, identity(node.objtype, one, schema)


def identity(kind: object, name: Node, schema: str) -> str:
    """The identity of an object of this ObjectType, from whatever names it."""
    if isinstance(name, ast.RangeVar):
        return relation(name, schema)
    parts = texts(name)
    if kind in _OF_TABLES and len(parts) > 1:
        return f"{qualified(parts[:-1], schema)}.{parts[-1]}"
    return parts[-1] if kind in _BARE and parts else qualified(parts or ("",), schema)


def _name(value: Node, schema: str) -> str:
    if isinstance(value, ast.RangeVar):
        return relation(value, schema)
    return qualified(texts(value) or ("",), schema)


def _table(node: Node, schema: str) -> Iterator[tuple[Use, str]]:
    table = relation(node.relation, schema)
    yield Use.CREATED, table
    for element in node.tableElts or ():
        if isinstance(element, ast.ColumnDef):
            yield Use.CREATED, f"{table}.{element.colname}"
            named = element.constraints or ()
        else:
            named = (element,)
        for constraint in named:
            if getattr(constraint, "conname", None):
                yield Use.CREATED, f"{table}.{constraint.conname}"


def _alter_table(node: Node, schema: str) -> Iterator[tuple[Use, str]]:
    table = relation(node.relation, schema)
    yield Use.ALTERED, table
    for command in node.cmds or ():
        own = command.name
        if isinstance(command.def_, ast.Constraint):
            own = command.def_.conname or own
        elif isinstance(command.def_, ast.ColumnDef):
            own = command.def_.colname or own
        if own and command.subtype not in (AT.AT_ClusterOn, AT.AT_SetTableSpace):
            yield _COLUMN_FORMS.get(command.subtype, Use.ALTERED), f"{table}.{own}"


def _rename(node: Node, schema: str) -> Iterator[tuple[Use, str]]:
    if node.subname is not None and node.relation is not None:  # column, constraint, policy …
        table = relation(node.relation, schema)
        yield Use.DROPPED, f"{table}.{node.subname}"
        yield Use.CREATED, f"{table}.{node.newname}"
        return
    old = identity(node.renameType, node.relation or node.object, schema)
    if node.object is None and node.relation is None:
        old = str(node.subname)
    yield Use.DROPPED, old
    before, dot, _ = old.rpartition(".")
    yield Use.CREATED, f"{before}{dot}{node.newname}"
