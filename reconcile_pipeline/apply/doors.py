"""Who may do what, read from the catalog alone, fast enough for the inside of every transaction.

A door is one role's way to one table's rows, or to a function that runs with its owner's rights.
Read before a step's statements and after them, in the same transaction: what is wider then is
what the step did, and nobody has been let through yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.matrix import Action, Reach
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


Doors = Mapping[Key, Door]  # all that are open


def read_doors(connection: Connection[Any]) -> Doors:
    """Read them in the caller's transaction, whose settings stay as they are. Only reads."""
    managed = {"managed": sorted(MANAGED_SCHEMAS)}
    found: dict[Key, Door] = {}
    with connection.transaction(force_rollback=True):
        # With nothing but the system's schema on the path, policies name all else in full.
        connection.execute("SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)")
        policies = _policies(connection, managed)
        for row in connection.execute(_sql("doors"), managed):
            role, who, table, name, is_view, filtered, privileges, by_default = row
            for privilege in privileges:
                action = Action(privilege.lower())
                if is_view and action is Action.TRUNCATE:
                    continue
                rule = "true"
                if filtered and action in _LETTERS:
                    rule = _rule(policies.get(table, ()), role, action)
                if rule:
                    reach = Reach.ALL if rule == "true" else Reach.SOME
                    door = Door(who, name, action.value, reach, rule, privilege in by_default)
                    found[role, table, action.value] = door
        for role, who, function, name in connection.execute(_sql("definers"), managed):
            found[role, function, EXECUTE] = Door(who, name, EXECUTE, Reach.ALL, "true")
    return found


_Policy = tuple[str, bool, str | None, str | None, bool, frozenset[int]]


def _policies(connection: Connection[Any], given: Mapping[str, Any]) -> dict[int, list[_Policy]]:
    found: dict[int, list[_Policy]] = {}
    for table, command, permissive, using, check, everybody, roles in connection.execute(
        _sql("door_policies"), given
    ):
        policy = (command, permissive, using, check, everybody, frozenset(roles))
        found.setdefault(table, []).append(policy)
    return found


def _rule(policies: Iterable[_Policy], role: int, action: Action) -> str:
    """The policies' condition; empty where none lets anything through."""
    either: list[str] = []
    every: list[str] = []
    for command, permissive, using, check, everybody, roles in policies:
        if command not in (_LETTERS[action], "*") or not (everybody or role in roles):
            continue
        # A policy without the clause that its command asks for lets every row.
        text = (check or using if action is Action.INSERT else using) or "true"
        (either if permissive else every).append(text)
    if not either:
        return ""
    if "true" in either:
        either = ["true"]
    every = [text for text in every if text != "true"]
    allowed = " OR ".join(either)
    return " AND ".join([f"({allowed})", *(f"({text})" for text in every)]) if every else allowed


def _sql(name: str) -> bytes:
    return (files("reconcile_pipeline.apply") / f"sql/{name}.sql").read_bytes()
