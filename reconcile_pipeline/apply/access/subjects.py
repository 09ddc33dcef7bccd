"""Whose access is looked at: the Data API's roles, and one user of each profile role."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.backfills.pages import listed
from reconcile_pipeline.apply.names import find_relation
from reconcile_pipeline.plan.backfill import fold
from reconcile_pipeline.plan.model import Backfill

STRANGER = "00000000-0000-4000-8000-00000000dead"


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who asks: a database role and the token's claims. Only `label` is ever shown."""

    label: str
    role: str
    claims: str = field(repr=False)


def pick_subjects(
    connection: Connection[Any], backfill: Backfill | None, admins: Sequence[str]
) -> tuple[Subject, ...]:
    """anon, a signed-in stranger, one user for each role that the backfill gives out, service_role.

    Picked by the backfill's own rule, so that before and after it they are the same users. This is
    a read-only operation.
    """
    found = [
        Subject("anon", "anon", _claims("anon", None)),
        Subject("authenticated, no profile", "authenticated", _claims("authenticated", STRANGER)),
    ]
    for label, user, address in _users(connection, backfill, admins):
        claims = _claims("authenticated", user, address)
        found.append(Subject(f"authenticated, {label}", "authenticated", claims))
    found.append(Subject("service_role", "service_role", _claims("service_role", None)))
    return tuple(found)


def _users(
    connection: Connection[Any], backfill: Backfill | None, admins: Sequence[str]
) -> list[tuple[str, str, str]]:
    if backfill is None or (role := backfill.role) is None:
        return []
    source = find_relation(connection, backfill.source)
    if source is None:
        return []
    described = connection.execute(SQL("SELECT * FROM {} LIMIT 0").format(source.identifier))
    columns = {each.name for each in described.description or ()}
    if not {backfill.source_key, role.address_column} <= columns:
        return []
    is_admin = listed(role.address_column)
    if role.confirmed_column in columns:
        is_admin += SQL(" AND source.{} IS NOT NULL").format(Identifier(role.confirmed_column))
    query = SQL(
        "SELECT source.{key}::text, coalesce(source.{address}::text, '') FROM {source} AS source"
        " WHERE ({is_admin}) = %(wanted)s ORDER BY source.{key} LIMIT 1"
    ).format(
        key=Identifier(backfill.source_key),
        address=Identifier(role.address_column),
        source=source.identifier,
        is_admin=is_admin,
    )
    found = []
    folded = sorted({fold(each) for each in admins})
    for label, wanted in ((role.admin_role, True), (role.default_role, False)):
        row = connection.execute(query, {"admins": folded, "wanted": wanted}).fetchone()
        if row:
            found.append((label, str(row[0]), str(row[1])))
    return found


def _claims(role: str, user: str | None, address: str = "") -> str:
    claims = {"role": role, "aud": "authenticated"}
    if user:
        claims |= {"sub": user, "email": address}
    return json.dumps(claims)
