"""What the two roles may do: enough, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NamedTuple

from psycopg import Connection

from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.flow.doctor.model import Diagnosis, advice, ok, problem
from reconcile_pipeline.flow.grants import owners
from reconcile_pipeline.history.detect import detect
from reconcile_pipeline.history.written import written

GRANTS = "See: reconcile grants"
API_ROLES = ("anon", "authenticated", "service_role")


class Rights(NamedTuple):
    """The connected user's: numbers of tables; `becomes`: roles that it may take on."""

    role: str
    superuser: bool
    tables: int
    unread: int
    written: int
    filtered: int
    becomes: tuple[str, ...]


def read_rights(connection: Connection[Any]) -> Rights:
    """Ask; only reads."""
    query = (files("reconcile_pipeline.flow") / "sql/rights.sql").read_bytes()
    row = connection.execute(query, {"managed": sorted(MANAGED_SCHEMAS)}).fetchone()
    assert row is not None
    role, superuser, tables, unread, written, filtered, becomes = row
    return Rights(role, superuser, tables, unread, written, filtered, tuple(becomes))


def scanning(connection: Connection[Any]) -> Iterator[Diagnosis]:
    """The role that scans: sees everything, changes nothing."""
    mine = read_rights(connection)
    name = "Scan's role"
    if mine.unread:
        yield problem(name, f"{mine.role} cannot read {_of(mine.unread, mine)}.", GRANTS)
    elif mine.filtered:
        yield advice(
            name, f"Policies hide rows of {_of(mine.filtered, mine)} from {mine.role}: rows that "
            "migrations wrote may seem absent.", f"Give it BYPASSRLS. {GRANTS}",
        )  # fmt: skip
    else:
        yield ok(name, f"{mine.role} reads all of {count(mine.tables, 'table')}.")
    if mine.superuser or mine.written or mine.becomes:
        more = (
            "it is a superuser" if mine.superuser
            else f"it may write to {_of(mine.written, mine)}" if mine.written
            else f"it may become {listing(mine.becomes, limit=3)}"
        )  # fmt: skip
        yield advice(name, f"{mine.role} may do more than a scan needs: {more}.", GRANTS)


def applying(connection: Connection[Any]) -> Iterator[Diagnosis]:
    """The role that applies: owns what is altered, writes the history, asks as the API's roles."""
    mine = read_rights(connection)
    name = "Apply's role"
    strangers = [each for each in owners(connection) if not each.ours]
    if strangers and not mine.superuser:
        listed = ", ".join(f"{each.name} ({each.relations})" for each in strangers)
        yield problem(
            name, f"{mine.role} cannot alter what belongs to {listed}.",
            f"Connect as the owner, or as a member of it. {GRANTS}",
        )  # fmt: skip
    elif mine.superuser:
        yield advice(
            name, f"{mine.role} is a superuser, which is more than apply needs.",
            f"Let a role without such rights own the tables, and apply as it. {GRANTS}",
        )  # fmt: skip
    else:
        yield ok(name, f"{mine.role} owns {count(mine.tables, 'table')}, and is no superuser.")
    yield from _history(connection, mine)
    yield from _api(connection, mine)


def _history(connection: Connection[Any], mine: Rights) -> Iterator[Diagnosis]:
    if (place := written(detect(connection).read(connection))) is None:
        return
    row = connection.execute(
        """SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                  AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                  AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                  AND pg_catalog.has_table_privilege(c.oid, 'DELETE')
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = %s AND c.relname = %s""",
        (place.schema, place.name),
    ).fetchone()
    if row and not row[0]:
        table = ident(place.schema, place.name)
        yield problem(
            "Apply's role", f"{mine.role} cannot write {table}.",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ident(mine.role)};",
        )  # fmt: skip


def _api(connection: Connection[Any], mine: Rights) -> Iterator[Diagnosis]:
    there = [
        row[0]
        for row in connection.execute(
            "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY (%s)"
            " AND NOT pg_catalog.pg_has_role(oid, 'MEMBER')",
            (list(API_ROLES),),
        )
    ]
    if there:
        yield advice(
            "Apply's role", f"{mine.role} may not act as {listing(tuple(there), limit=3)}, so who "
            "may do what is read from the catalog alone, not tried.",
            f"GRANT {', '.join(there)} TO {ident(mine.role)};",
        )  # fmt: skip


def _of(number: int, mine: Rights) -> str:
    return f"{number} of {count(mine.tables, 'table')}"
