"""Policies that lead back to their own table: what is told is what the server refuses."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.drift.recursion import recursing

TABLES = ("a", "b", "c", "off")
OF = "(SELECT FROM {0} x WHERE x.id = {1}.id)"


def of(table: str, other: str) -> str:
    return f"EXISTS {OF.format(other, table)}"


def policy(table: str, other: str, rest: str = "FOR SELECT", clause: str = "USING") -> str:
    return f"CREATE POLICY {table}_{other} ON {table} {rest} {clause} ({of(table, other)})"


CASES = {
    "itself": [policy("a", "a")],
    "one another": [policy("a", "b"), policy("b", "a")],
    "in a circle of three": [policy("a", "b"), policy("b", "c", "FOR ALL"), policy("c", "a")],
    "nobody": [policy("a", "b"), policy("b", "c"), policy("c", "off"), policy("off", "a")],
    "for another role": [policy("a", "b", "FOR SELECT TO reader"),
                         policy("b", "a", "FOR SELECT TO keeper")],
    "only what is written": [policy("a", "a", "FOR INSERT", "WITH CHECK"),
                             "CREATE POLICY plain ON a FOR SELECT USING (id > 0)"],
    "what is written, and read by a subquery": [
        policy("a", "a", "FOR INSERT", "WITH CHECK"),
        "CREATE POLICY plain ON a FOR SELECT USING (id = (SELECT 1))"],
    "what is written, by way of another": [policy("a", "b", "FOR INSERT", "WITH CHECK"),
                                           policy("b", "a"), policy("a", "c")],
}  # fmt: skip


def refused(connection: Connection[object], role: str) -> bool:
    """Whether the server refuses to read a table, or to write into one."""
    for table in TABLES:
        for sql in ("SELECT FROM {}", "INSERT INTO {} VALUES (1)"):
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(role)))
                    connection.execute(SQL(sql).format(Identifier(table)))
            except errors.InvalidObjectDefinition:  # 42P17
                return True
            except errors.InsufficientPrivilege:
                pass
    return False


@pytest.mark.parametrize("case", CASES)
def test_policies_that_lead_back_by_way_of_another_table_were_not_told(
    database: str, case: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for role in ("reader", "keeper"):
            found = connection.execute("SELECT to_regrole(%s)::text", (role,)).fetchone()
            if found == (None,):
                connection.execute(f"CREATE ROLE {role}".encode())
        for table in TABLES:
            connection.execute(f"CREATE TABLE {table} (id int)".encode())
            connection.execute(f"GRANT ALL ON {table} TO reader, keeper".encode())
            if table != "off":
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY".encode())
        for sql in CASES[case]:
            connection.execute(sql.encode())
        told = list(recursing(read(connection)))
        assert bool(told) == any(refused(connection, role) for role in ("reader", "keeper"))
    assert len(told) <= 1
    if case == "one another":
        assert told[0].objects == ("public.a.a_b", "public.b.b_a")
        assert told[0].message == (
            "The policy a_b of public.a reads public.b, whose policies lead back to it (b_a of"
            " public.b): queries fail with “infinite recursion detected in policy”."
        )
