"""Who may do what, read from the catalog alone, fast enough for the inside of every transaction.

A door is one role's way to one table's rows, or to a function that runs with its owner's rights.
Read before a step's statements and after them, in the same transaction: what is wider then is
what the step did, and nobody has been let through yet.

What a door depends on is read, and a door is made of it only where that differs: of some thousand
tables a step touches a few, and most have the same owner and grants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.access.matrix import Action, Reach
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS

EXECUTE = "execute"
Key = tuple[int, int, str]  # oid of the role, oid of the object, what is done

_LETTERS = {Action.SELECT: "r", Action.INSERT: "a", Action.UPDATE: "w", Action.DELETE: "d"}


@dataclass(frozen=True, slots=True)
class Door:
    """`name`: `schema.table`, or `schema.function`. `rule`: the policies' condition, combined.

    `by_default`: on a table that is made just now, no GRANT need say so.
    """

    role: str
    name: str
    action: str
    reach: Reach
    rule: str = ""
    by_default: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """What one role, by its oid and its name, may do by privileges."""

    role: int
    who: str
    bypasses: bool
    privileges: tuple[str, ...]
    by_default: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Policy:
    """`everybody`, or these roles, those that act as one of them included."""

    command: str
    permissive: bool
    using: str | None
    check: str | None
    everybody: bool
    roles: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Table:
    """All that decides who may do what with one table's rows."""

    name: str
    is_view: bool
    filtered: bool
    ways: tuple[_Way, ...]
    policies: tuple[_Policy, ...]


@dataclass(frozen=True, slots=True)
class Doors:
    """All that are open, by the object's oid."""

    tables: Mapping[int, _Table]
    functions: Mapping[Key, Door]

    def beside(self, before: Doors) -> Iterator[tuple[Key, Door, Door | None]]:
        """The doors that may be others than before, each with what it was; None: it was closed."""
        for oid, table in self.tables.items():
            if table != (old := before.tables.get(oid)):
                was = dict(_open(oid, old)) if old else {}
                for key, door in _open(oid, table):
                    yield key, door, was.get(key)
        for key, door in self.functions.items():
            yield key, door, before.functions.get(key)


def read_doors(connection: Connection[Any]) -> Doors:
    """Read them in the caller's transaction, whose settings stay as they are. Only reads."""
    managed = {"managed": sorted(MANAGED_SCHEMAS)}
    with connection.transaction(force_rollback=True):
        # With nothing but the system's schema on the path, policies name all else in full.
        connection.execute("SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)")
        policies = _policies(connection, managed)
        tables = connection.execute(_sql("door_tables"), managed).fetchall()
        ways = _ways(connection, sorted({kind for *_, kind in tables}))
        functions = {
            (role, function, EXECUTE): Door(who, name, EXECUTE, Reach.ALL, "true")
            for role, who, function, name in connection.execute(_sql("definers"), managed)
        }
    return Doors(
        {
            oid: _Table(name, is_view, filtered, ways.get(kind, ()), policies.get(oid, ()))
            for oid, name, is_view, filtered, kind in tables
        },
        functions,
    )


def _ways(connection: Connection[Any], tables: Sequence[int]) -> dict[int, tuple[_Way, ...]]:
    found: dict[int, list[_Way]] = {}
    for table, role, who, bypasses, privileges, by_default in connection.execute(
        _sql("doors"), {"tables": tables}
    ):
        way = _Way(role, who, bypasses, tuple(privileges), tuple(by_default))
        found.setdefault(table, []).append(way)
    return {table: tuple(ways) for table, ways in found.items()}


def _policies(
    connection: Connection[Any], given: Mapping[str, Any]
) -> dict[int, tuple[_Policy, ...]]:
    acting = {role: frozenset(who) for role, who in connection.execute(_sql("door_members"))}
    found: dict[int, list[_Policy]] = {}
    for table, command, permissive, using, check, named in connection.execute(
        _sql("door_policies"), given
    ):
        roles = frozenset[int]().union(*(acting.get(role, ()) for role in named))
        policy = _Policy(command, permissive, using, check, 0 in named, roles)
        found.setdefault(table, []).append(policy)
    return {table: tuple(policies) for table, policies in found.items()}


def _open(oid: int, table: _Table) -> Iterator[tuple[Key, Door]]:
    for way in table.ways:
        for privilege in way.privileges:
            action = Action(privilege.lower())
            if table.is_view and action is Action.TRUNCATE:
                continue
            rule = "true"
            if table.filtered and not way.bypasses and action in _LETTERS:
                rule = _rule(table.policies, way.role, action)
            if rule:
                reach = Reach.ALL if rule == "true" else Reach.SOME
                by_default = privilege in way.by_default
                door = Door(way.who, table.name, action.value, reach, rule, by_default)
                yield (way.role, oid, action.value), door


def _rule(policies: Iterable[_Policy], role: int, action: Action) -> str:
    """The policies' condition; empty where none lets anything through."""
    either: list[str] = []
    every: list[str] = []
    for policy in policies:
        if policy.command not in (_LETTERS[action], "*"):
            continue
        if not (policy.everybody or role in policy.roles):
            continue
        # A policy without the clause that its command asks for lets every row.
        clause = policy.check or policy.using if action is Action.INSERT else policy.using
        (either if policy.permissive else every).append(clause or "true")
    if not either:
        return ""
    if "true" in either:
        either = ["true"]
    every = [text for text in every if text != "true"]
    allowed = " OR ".join(either)
    return " AND ".join([f"({allowed})", *(f"({text})" for text in every)]) if every else allowed


def _sql(name: str) -> bytes:
    return (files("reconcile_pipeline.apply") / f"sql/{name}.sql").read_bytes()
