"""Privileges for those who need no password: PUBLIC and, on Supabase, anon."""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType, RoleSpecType

from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.migrations.tree import (
    Node,
    option,
    qualified,
    relation,
    texts,
    truth,
    words,
)

Found = tuple[Severity, str, tuple[str, ...]]

_EVERYONE = {"PUBLIC", "anon"}
_ANY_USER = _EVERYONE | {"authenticated"}  # whoever signs up
_ROWS = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_FOREIGN_TABLE}
_READS = {"select"}
_KINDS = {
    ObjectType.OBJECT_TABLE: "tables",
    ObjectType.OBJECT_SEQUENCE: "sequences",
    ObjectType.OBJECT_FUNCTION: "functions",
    ObjectType.OBJECT_PROCEDURE: "procedures",
    ObjectType.OBJECT_ROUTINE: "routines",
}
_POWERS = {
    "superuser": "is bound by no rule at all",
    "bypassrls": "is bound by no row-level security",
    "createrole": "may make and change roles",
}


def check(node: Node) -> Iterator[Found]:
    """GRANT, ALTER DEFAULT PRIVILEGES … GRANT, role memberships and powers."""
    if isinstance(node, ast.AlterDefaultPrivilegesStmt):
        schemas = option(node.options, "schemas")
        where = f" in {words(texts(schemas.arg))}" if schemas else ""
        yield from _grant(node.action, f"all {_kind(node.action)} made from now on{where}")
    elif isinstance(node, ast.GrantStmt):
        yield from _grant(node, words(_objects(node)))
    elif isinstance(node, ast.GrantRoleStmt) and node.is_grant:
        if who := _who(node.grantee_roles) & _ANY_USER:
            roles = words([str(one.priv_name) for one in node.granted_roles or ()])
            yield Severity.DANGER, f"Lets {_named(who)} do all that {roles} may.", ()
    elif isinstance(node, ast.CreateRoleStmt | ast.AlterRoleStmt):
        role = node.role if isinstance(node.role, str) else "".join(_who((node.role,)))
        for name, what in _POWERS.items():
            power = option(node.options, name)
            if power is not None and truth(power.arg):
                severe = Severity.WARNING if name == "createrole" else Severity.DANGER
                yield severe, f"The role {role} {what} ({name.upper()}).", (str(role),)


def _grant(node: Node, what: str) -> Iterator[Found]:
    who = _who(node.grantees)
    objects = _objects(node)
    if not node.is_grant or not who & _ANY_USER:
        return
    privileges = {str(one.priv_name).lower() for one in node.privileges or ()} or {"all"}
    listed = words(sorted(name.upper() for name in privileges))
    everyone = who & _EVERYONE
    rows = node.objtype in _ROWS
    if everyone and rows and privileges - _READS:
        yield Severity.DANGER, f"Grants {listed} on {what} to {_named(everyone)}.", objects
    elif everyone and node.objtype == ObjectType.OBJECT_SCHEMA and privileges != {"usage"}:
        yield Severity.DANGER, f"Lets {_named(everyone)} make objects in {what}.", objects
    elif everyone and node.objtype != ObjectType.OBJECT_SCHEMA:
        yield Severity.WARNING, f"Grants {listed} on {what} to {_named(everyone)}.", objects
    elif rows and privileges & {"all", "truncate"}:
        message = f"Lets {_named(who & _ANY_USER)} TRUNCATE {what}: row-level security has no say."
        yield Severity.WARNING, message, objects


def _who(roles: tuple[Node, ...] | None) -> set[str]:
    return {
        "PUBLIC" if role.roletype == RoleSpecType.ROLESPEC_PUBLIC else str(role.rolename)
        for role in roles or ()
    }


def _named(who: set[str]) -> str:
    return words(["everyone" if name == "PUBLIC" else name for name in sorted(who)])


def _kind(node: Node) -> str:
    return _KINDS.get(node.objtype, "objects")


def _objects(node: Node) -> tuple[str, ...]:
    if node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        return tuple(f"all {_kind(node)} in {name}" for name in texts(node.objects))
    found = []
    for one in node.objects or ():
        if isinstance(one, ast.RangeVar):
            found.append(relation(one))
        else:
            parts = texts(one)
            schemaless = not isinstance(one, ast.ObjectWithArgs | ast.TypeName)
            found.append(parts[-1] if schemaless else qualified(parts))
    return tuple(found)
