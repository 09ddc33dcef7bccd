"""Try a signup in production, and take it back: does a new user get a profile, and no more?

Two users are inserted in a transaction that is rolled back: one like any other, and one that claims
to be an admin in the metadata that users can write themselves. Where we may, the insert runs as
the role of the auth service, as a real signup does: a trigger that lacks SECURITY DEFINER then
fails here and not with the first customer.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.names import Relation, find_relation
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.plan.model import Backfill
from reconcile_pipeline.redact import redact

AUTH_ROLE = "supabase_auth_admin"
_COLUMNS = (files("reconcile_pipeline.apply") / "sql/required_columns.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class SignupProof:
    """What became of the two. `ok` is True only where everything that was asked for holds.

    `ran_as`: the role that inserted. `role`, `claimed_role`: what the profile of the plain user and
    of the one that claims to be an admin says; empty where there is no profile. `reason` says what
    is wrong, or what could not be tried.
    """

    ok: bool
    tried: bool
    ran_as: str = ""
    profile_made: bool = False
    role: str = ""
    claimed_role: str = ""
    reason: str = ""


def try_signup(connection: Connection[Any], backfill: Backfill) -> SignupProof:
    """Exercise a signup for this backfill's source and target. Nothing of it stays."""
    source = find_relation(connection, backfill.source)
    target = find_relation(connection, backfill.target)
    if source is None or target is None:
        missing = backfill.source if source is None else backfill.target
        return SignupProof(False, False, reason=f"there is no table {missing}")
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'")
            ran_as = _become(connection, source)
            plain = _sign_up(connection, source, target, backfill, ran_as, {})
            claims = {"role": _admin(backfill), "is_admin": True, "user_role": _admin(backfill)}
            claimed = _sign_up(connection, source, target, backfill, ran_as, claims)
    except psycopg.Error as error:
        text = redact(error.diag.message_primary or type(error).__name__)
        return SignupProof(False, True, reason=f"{text} (SQLSTATE {error.sqlstate})")
    reason = _wrong(backfill, plain, claimed)
    return SignupProof(
        not reason,
        True,
        ran_as or connection.info.user,
        plain is not None,
        plain or "",
        claimed or "",
        reason,
    )


def _admin(backfill: Backfill) -> str:
    return backfill.role.admin_role if backfill.role else "admin"


def _wrong(backfill: Backfill, plain: str | None, claimed: str | None) -> str:
    if plain is None or claimed is None:
        return "a new user gets no profile"
    if backfill.role is None:
        return ""
    if plain != backfill.role.default_role:
        return f"a new user gets the role {plain}"
    if claimed != backfill.role.default_role:
        return f"who claims to be an admin gets the role {claimed}"
    return ""


def _become(connection: Connection[Any], source: Relation) -> str:
    """The role to insert as: the auth service's, where we may take it on and it may insert."""
    try:
        with connection.transaction():
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(AUTH_ROLE)))
            row = connection.execute(
                "SELECT pg_catalog.has_table_privilege(%s::bigint::oid, 'INSERT')", (source.oid,)
            ).fetchone()
            connection.execute("RESET ROLE")
            if row and row[0]:
                return AUTH_ROLE
    except (errors.InsufficientPrivilege, errors.InvalidParameterValue, errors.UndefinedObject):
        pass
    return ""


def _sign_up(
    connection: Connection[Any],
    source: Relation,
    target: Relation,
    backfill: Backfill,
    ran_as: str,
    claims: dict[str, Any],
) -> str | None:
    """Insert one user; the new profile's role ("" where it has none), or None without a profile."""
    values = _user(connection, source, backfill, claims)
    query = SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}::text").format(
        source.identifier,
        SQL(", ").join(Identifier(name) for name in values),
        SQL(", ").join(
            SQL("%s::{}").format(SQL(kind.replace("%", "%%"))) for kind, _ in values.values()
        ),
        Identifier(backfill.source_key),
    )
    if ran_as:
        connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(ran_as)))
    row = connection.execute(
        with_parameters(query), [value for _, value in values.values()]
    ).fetchone()
    if ran_as:
        connection.execute("RESET ROLE")
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert row is not None
    connection.execute("SELECT pg_catalog.set_config('row_security', 'off', true)")
    role = Identifier(backfill.role.column) if backfill.role else SQL("NULL")
    profile = connection.execute(
        with_parameters(
            SQL("SELECT {}::text FROM {} WHERE {}::text = %s").format(
                role, target.identifier, Identifier(backfill.target_key)
            )
        ),
        (row[0],),
    ).fetchone()
    connection.execute("SELECT pg_catalog.set_config('row_security', 'on', true)")
    return None if profile is None else str(profile[0] or "")


def _user(
    connection: Connection[Any], source: Relation, backfill: Backfill, claims: dict[str, Any]
) -> dict[str, tuple[str, Any]]:
    """Column -> (type, value): what the table demands, and what a signup brings."""
    address = f"reconcile-{secrets.token_hex(8)}@example.invalid"
    brought: dict[str, Any] = {
        "email": address,
        "aud": "authenticated",
        "role": "authenticated",
        "raw_user_meta_data": json.dumps({"full_name": "Reconcile", **claims}),
    }
    if backfill.role:
        brought[backfill.role.address_column] = address
    values: dict[str, tuple[str, Any]] = {}
    for name, kind, required, example in connection.execute(_COLUMNS, (source.oid,)):
        if name in brought:
            values[name] = (kind, brought[name])
        elif required or name == backfill.source_key:
            values[name] = (kind, example)
    return values
