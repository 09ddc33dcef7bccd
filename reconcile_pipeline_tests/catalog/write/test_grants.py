"""GRANT and REVOKE bring one object from any privileges to any others, and touch no others."""

from __future__ import annotations

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import acl, write_changes
from reconcile_pipeline_tests.catalog.write.running import left, run

_ROLES = ("PUBLIC", "anon", "authenticated", "app_reader")
_TABLE = st.sampled_from(["SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "TRUNCATE", "ALL"])
_COLUMN = st.sampled_from(["SELECT", "INSERT", "UPDATE", "REFERENCES"])


@st.composite
def _statement(draw: st.DrawFn) -> str:
    who = draw(st.sampled_from(_ROLES))
    option = " WITH GRANT OPTION" if who != "PUBLIC" and draw(st.booleans()) else ""
    if draw(st.booleans()):
        columns = ", ".join(sorted(draw(st.sets(st.sampled_from(["id", "name"]), min_size=1))))
        return f"GRANT {draw(_COLUMN)} ({columns}) ON app.client TO {who}{option}"
    if draw(st.integers(0, 4)) == 0:
        return "REVOKE ALL ON app.client FROM supabase_admin"
    return f"GRANT {draw(_TABLE)} ON app.client TO {who}{option}"


_STATEMENTS = st.lists(_statement(), max_size=5)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(now=_STATEMENTS, then=_STATEMENTS)
def test_any_grants_become_any_others(now: list[str], then: list[str], base: str) -> None:
    with psycopg.connect(base) as connection:
        for sql in then:
            connection.execute(sql.encode())
        wanted = read(connection)
        connection.rollback()
        for sql in now:
            connection.execute(sql.encode())
        run(connection, write_changes(read(connection), wanted))
        assert left(connection, wanted) == ()
        connection.rollback()


def test_undoing_a_table_grant_took_the_column_grants_along(base: str) -> None:
    """REVOKE on a table also revokes on its columns, which nobody had asked for."""
    with psycopg.connect(base) as connection:
        wanted = read(connection)
        connection.execute("GRANT SELECT ON app.client TO anon")
        changes = write_changes(read(connection), wanted, [ObjectId(Kind.TABLE, "app.client")])
        run(connection, changes)
        assert left(connection, wanted) == ()
        connection.rollback()
    assert "REVOKE SELECT ON TABLE app.client FROM anon" in changes.sql
    assert "GRANT SELECT (id) ON TABLE app.client TO anon" in changes.sql


def test_who_lost_the_grant_option_had_passed_the_privilege_on(base: str) -> None:
    """PostgreSQL revokes it only if the others lose the privilege too: they get it again."""
    with psycopg.connect(base) as connection:
        connection.execute("GRANT SELECT ON app.log TO anon, authenticated")
        wanted = read(connection)
        connection.rollback()
        connection.execute("GRANT USAGE ON SCHEMA app TO anon")
        connection.execute("GRANT SELECT ON app.log TO anon WITH GRANT OPTION")
        connection.execute("SET LOCAL ROLE anon")
        connection.execute("GRANT SELECT ON app.log TO authenticated")
        connection.execute("RESET ROLE")
        run(connection, write_changes(read(connection), wanted))
        assert left(connection, wanted) == ()
        connection.rollback()


def test_a_new_table_gets_what_it_had_whatever_the_default_privileges_say(base: str) -> None:
    with psycopg.connect(base) as connection:
        wanted = read(connection)
        connection.execute("DROP TABLE app.log")
        connection.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, PUBLIC")
        current = read(connection)
        ids = [ObjectId(Kind.TABLE, "app.log")]
        run(connection, write_changes(current, wanted, ids))
        after = read(connection).get(ids[0])
        assert after == wanted.get(ids[0])
        connection.rollback()


def test_grantees_with_any_name_are_read() -> None:
    assert acl.parse("a=b c=SELECT,UPDATE*\npublic=USAGE") == {
        "a=b c": {"SELECT": False, "UPDATE": True},
        "public": {"USAGE": False},
    }
    assert acl.parse_line("odd one=SELECT*,UPDATE a=b=INSERT public=SELECT") == {
        "odd one": {"SELECT": True, "UPDATE": False},
        "a=b": {"INSERT": False},
        "public": {"SELECT": False},
    }


def test_maintain_is_one_of_all_since_17() -> None:
    assert "MAINTAIN" in acl.all_of("TABLE", 17)
    assert "MAINTAIN" not in acl.all_of("TABLE", 16)
