"""No step lets anybody in whom the plan does not name: judged inside its transaction."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply.access.doors import Door, Doors
from reconcile_pipeline.apply.access.matrix import Reach
from reconcile_pipeline.apply.access.naming import Names, names_of
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step

_MEMBERS = """
SELECT ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles g
             WHERE pg_catalog.pg_has_role(%s::bigint::oid, g.oid, 'USAGE'))
"""


def judge_access(connection: Connection[Any], step: Step, before: Doors, after: Doors) -> None:
    """Raise ApplyError where access is wider than before, and no statement of the step names that.

    Access by other rules, of which nothing shows that they are narrower, counts as wider.
    """
    wider = [
        (role, door, was) for (role, *_), door, was in after.beside(before) if _is_wider(door, was)
    ]
    if not wider:
        return
    names = names_of(step.statements)
    members: dict[int, frozenset[str]] = {}
    for role in dict.fromkeys(role for role, *_ in wider):
        row = connection.execute(_MEMBERS, (role,)).fetchone()
        members[role] = frozenset(row[0] if row else ())
    for role, door, was in wider:
        if not _named(names, door, was, members[role]):
            raise ApplyError(
                f"Step {step.id} was rolled back: {_words(door)}, which the plan does not name.",
                hint="Does a DO block, a function or an event trigger grant it? Have the plan say "
                "so in a statement of its own, or leave it out.",
            )


def _is_wider(door: Door, was: Door | None) -> bool:
    return was is None or was.reach != door.reach is Reach.ALL or (
        was.rule != door.rule and was.reach is Reach.SOME
    )  # fmt: skip


def _named(names: Names, door: Door, was: Door | None, members: frozenset[str]) -> bool:
    if was is not None and was.reach is door.reach:  # other rules than before, no wider reach
        return names.touch(door)
    return names.cover(door, members)


def _words(door: Door) -> str:
    if door.action == "execute":
        return f"it lets {door.role} call {door.name}, which runs with its owner's rights"
    rows = "every row" if door.reach is Reach.ALL else "rows"
    verb = {"select": "read", "insert": "add", "update": "change", "delete": "delete",
            "truncate": "truncate"}[door.action]  # fmt: skip
    return f"it lets {door.role} {verb} {rows} of {door.name}"
