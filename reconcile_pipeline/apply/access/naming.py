"""What access a step's statements name, read off them before anything is believed of them.

`GRANT SELECT ON t TO anon` names anon's SELECT on t, and no more. What a DO block, a function or an
event trigger grants is named by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reconcile_pipeline.apply.access.doors import EXECUTE, Door
from reconcile_pipeline.apply.access.matrix import Action

ROWS = frozenset({"select", "insert", "update", "delete"})
EVERYTHING = frozenset({*(action.value for action in Action), EXECUTE})
ANYBODY: frozenset[str] = frozenset()  # an empty set of roles, or no name, is no restriction


@dataclass(frozen=True, slots=True)
class Named:
    """Access that a statement names: to `name` in `schema` (either may be empty: any), what is
    done, and for whom. `made`: it makes the object, so that default privileges give the rest."""

    schema: str
    name: str
    actions: frozenset[str]
    roles: frozenset[str] = ANYBODY
    made: bool = False

    def covers(self, door: Door, members: frozenset[str]) -> bool:
        """True where it names this door. `members`: roles that the door's role acts as."""
        schema, _, name = door.name.partition(".")
        return (
            self.schema in ("", schema)
            and self.name in ("", name)
            and door.action in self.actions
            and (not self.roles or bool(self.roles & members))
            and (not self.made or door.by_default or door.action == EXECUTE)
        )


@dataclass(frozen=True, slots=True)
class Names:
    """All that a step names. `rewords`: it renames or retypes, so policies may read otherwise."""

    access: tuple[Named, ...]
    rewords: bool

    def cover(self, door: Door, members: frozenset[str]) -> bool:
        """True where one of them names this door."""
        return any(each.covers(door, members) for each in self.access)

    def touch(self, door: Door) -> bool:
        """True where one of them is about this object, or makes policies read otherwise."""
        schema, _, name = door.name.partition(".")
        return self.rewords or any(
            each.schema in ("", schema) and each.name == name and each.actions & ROWS
            for each in self.access
        )


def names_of(statements: Sequence[str]) -> Names:
    """Read them off the statements. What does not parse names nothing."""
    from pglast import ast
    from pglast.enums import AlterTableType

    from reconcile_pipeline.migrations.tree import parse

    found: list[Named] = []
    rewords = False
    for sql in statements:
        for node in parse(sql):
            found += _names(node)
            rewords |= isinstance(node, ast.RenameStmt | ast.AlterObjectSchemaStmt)
            rewords |= isinstance(node, ast.AlterTableStmt) and any(
                command.subtype == AlterTableType.AT_AlterColumnType for command in node.cmds or ()
            )
    return Names(tuple(found), rewords)


def _names(node: Any) -> Iterator[Named]:
    from pglast import ast
    from pglast.enums import AlterTableType as AT
    from pglast.enums import ObjectType

    if isinstance(node, ast.GrantStmt):
        yield from _grant(node)
    elif isinstance(node, ast.GrantRoleStmt) and node.is_grant:
        yield Named("", "", EVERYTHING, _roles(node.grantee_roles))
    elif isinstance(node, ast.AlterRoleStmt):
        yield Named("", "", EVERYTHING, _roles((node.role,)))
    elif isinstance(node, ast.CreateRoleStmt):
        yield Named("", "", EVERYTHING, frozenset({str(node.role)}))
    elif isinstance(node, ast.CreatePolicyStmt):
        command = str(node.cmd_name)
        actions = ROWS if command == "all" else frozenset({command})
        yield _on(node.table, actions, _roles(node.roles) - {"PUBLIC"})
    elif isinstance(node, ast.AlterPolicyStmt):
        yield _on(node.table, ROWS)
    elif isinstance(node, ast.DropStmt) and node.removeType == ObjectType.OBJECT_POLICY:
        for each in node.objects or ():
            yield _named(_texts(each)[:-1], ROWS)
    elif isinstance(node, ast.AlterTableStmt):
        kinds = {command.subtype for command in node.cmds or ()}
        if kinds & {AT.AT_DisableRowSecurity, AT.AT_NoForceRowSecurity, AT.AT_SetRelOptions,
                    AT.AT_ResetRelOptions}:  # fmt: skip
            yield _on(node.relation, ROWS)
        if AT.AT_ChangeOwner in kinds:
            yield _on(node.relation, EVERYTHING)
    elif isinstance(node, ast.AlterOwnerStmt | ast.AlterObjectSchemaStmt):
        yield Named("", _last(node), EVERYTHING)
    elif isinstance(node, ast.CreateStmt | ast.CreateForeignTableStmt):
        base: Any = node.base if isinstance(node, ast.CreateForeignTableStmt) else node
        yield _on(base.relation, EVERYTHING, made=True)
    elif isinstance(node, ast.CreateTableAsStmt):
        into: Any = node.into
        yield _on(into.rel, EVERYTHING, made=True)
    elif isinstance(node, ast.ViewStmt):
        yield _on(node.view, EVERYTHING, made=True)
    elif isinstance(node, ast.CreateFunctionStmt):
        yield _named(_texts(node.funcname), frozenset({EXECUTE}), made=True)
    elif isinstance(node, ast.AlterFunctionStmt):
        yield _named(_texts(node.func), frozenset({EXECUTE}))


def _grant(node: Any) -> Iterator[Named]:
    from pglast import ast
    from pglast.enums import GrantTargetType, ObjectType

    if not node.is_grant or node.targtype == GrantTargetType.ACL_TARGET_DEFAULTS:
        return
    given = frozenset(str(each.priv_name).lower() for each in node.privileges or ())
    roles = _roles(node.grantees)
    everyone = ANYBODY if "PUBLIC" in roles else roles
    functions = (ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE, ObjectType.OBJECT_ROUTINE)
    actions = frozenset({EXECUTE}) if node.objtype in functions else (given or EVERYTHING)
    if node.objtype == ObjectType.OBJECT_SCHEMA:
        for name in _texts(node.objects):
            yield Named(name, "", EVERYTHING, everyone)
    elif node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        for name in _texts(node.objects):
            yield Named(name, "", actions, everyone)
    else:
        for each in node.objects or ():
            if isinstance(each, ast.RangeVar):
                yield _on(each, actions, everyone)
            else:
                yield _named(_texts(each), actions, everyone)


def _on(
    relation: Any, actions: frozenset[str], roles: frozenset[str] = ANYBODY, *, made: bool = False
) -> Named:
    return Named(relation.schemaname or "", relation.relname, actions, roles, made)


def _named(
    parts: Sequence[str], actions: frozenset[str], roles: frozenset[str] = ANYBODY,
    *, made: bool = False,
) -> Named:  # fmt: skip
    schema = parts[-2] if len(parts) > 1 else ""
    return Named(schema, parts[-1], actions, roles, made)


def _last(node: Any) -> str:
    relation = getattr(node, "relation", None)
    return str(relation.relname) if relation is not None else _texts(node.object)[-1]


def _roles(roles: Any) -> frozenset[str]:
    from pglast.enums import RoleSpecType

    return frozenset(
        "PUBLIC" if role.roletype == RoleSpecType.ROLESPEC_PUBLIC else str(role.rolename)
        for role in roles or ()
    )


def _texts(node: Any) -> tuple[str, ...]:
    from reconcile_pipeline.migrations.tree import texts

    return texts(node)
