"""Static facts of statements."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from reconcile_pipeline.migrations.references import names
from reconcile_pipeline.migrations.rows import MANY_ROWS, RowAction, RowChange


class Case(NamedTuple):
    created: frozenset[str] | set[str] = frozenset()
    altered: frozenset[str] | set[str] = frozenset()
    dropped: frozenset[str] | set[str] = frozenset()


CASES = {
    "CREATE TABLE t (id int CONSTRAINT pos CHECK (id > 0), CONSTRAINT k UNIQUE (id))": Case(
        {"public.t", "public.t.id", "public.t.pos", "public.t.k"}
    ),
    "CREATE TABLE app.t AS SELECT 1 AS x": Case({"app.t"}),
    "SELECT 1 AS x INTO app.t": Case({"app.t"}),
    "CREATE OR REPLACE VIEW v AS SELECT 1": Case({"public.v"}),
    "CREATE INDEX i ON app.t (x)": Case({"app.i"}),
    "CREATE SEQUENCE s": Case({"public.s"}),
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'": Case({"public.f"}),
    "CREATE TRIGGER g AFTER INSERT ON auth.users EXECUTE FUNCTION f()": Case({"auth.users.g"}),
    "CREATE POLICY \"Own rows\" ON t USING (true)": Case({"public.t.Own rows"}),
    "CREATE TYPE mood AS ENUM ('a')": Case({"public.mood"}),
    "CREATE TYPE pair AS (a int)": Case({"public.pair"}),
    "CREATE DOMAIN d AS int": Case({"public.d"}),
    "CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int)": Case({"public.agg"}),
    "CREATE SCHEMA app CREATE TABLE t (x int)": Case({"app", "app.t", "app.t.x"}),
    "CREATE EXTENSION hstore": Case({"hstore"}),
    "CREATE ROLE r": Case({"r"}),
    "CREATE PUBLICATION p FOR ALL TABLES": Case({"p"}),
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()": Case({"e"}),
    "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b, ALTER c SET NOT NULL": Case(
        {"public.t.a"}, {"public.t", "public.t.c"}, {"public.t.b"}
    ),
    "ALTER TABLE t ADD CONSTRAINT k CHECK (true), DROP CONSTRAINT l": Case(
        {"public.t.k"}, {"public.t"}, {"public.t.l"}
    ),
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY": Case(altered={"public.t"}),
    "ALTER TABLE t RENAME TO u": Case({"public.u"}, dropped={"public.t"}),
    "ALTER TABLE t RENAME a TO b": Case({"public.t.b"}, dropped={"public.t.a"}),
    "ALTER POLICY p ON t RENAME TO q": Case({"public.t.q"}, dropped={"public.t.p"}),
    "ALTER FUNCTION f(int) RENAME TO g": Case({"public.g"}, dropped={"public.f"}),
    "ALTER SCHEMA app RENAME TO ap": Case({"ap"}, dropped={"app"}),
    "ALTER TABLE t SET SCHEMA app": Case({"app.t"}, dropped={"public.t"}),
    "ALTER TYPE mood ADD VALUE 'b'": Case(altered={"public.mood"}),
    "ALTER FUNCTION f(int) STABLE": Case(altered={"public.f"}),
    "ALTER FUNCTION f(int) OWNER TO r": Case(altered={"public.f"}),
    "ALTER PUBLICATION p ADD TABLE t": Case(altered={"p"}),
    "COMMENT ON COLUMN t.a IS 'x'": Case(altered={"public.t.a"}),
    "COMMENT ON FUNCTION f(int) IS 'x'": Case(altered={"public.f"}),
    "COMMENT ON POLICY p ON t IS 'x'": Case(altered={"public.t.p"}),
    "GRANT SELECT ON t, app.u TO r": Case(altered={"public.t", "app.u"}),
    "GRANT EXECUTE ON FUNCTION f(int) TO r": Case(altered={"public.f"}),
    "GRANT USAGE ON SCHEMA app TO r": Case(altered={"app"}),
    "DROP TABLE a, app.b": Case(dropped={"public.a", "app.b"}),
    "DROP FUNCTION f(int)": Case(dropped={"public.f"}),
    "DROP POLICY p ON app.t": Case(dropped={"app.t.p"}),
    "DROP TRIGGER g ON t": Case(dropped={"public.t.g"}),
    "DROP SCHEMA app": Case(dropped={"app"}),
    "DROP EXTENSION hstore": Case(dropped={"hstore"}),
    "DROP TYPE app.mood": Case(dropped={"app.mood"}),
    "DO $$ BEGIN CREATE TABLE t (x int); EXECUTE 'DROP TABLE app.u'; END $$": Case(
        {"public.t", "public.t.x"}, dropped={"app.u"}
    ),
    "SELECT 1": Case(),
}  # fmt: skip


@pytest.mark.parametrize("sql", CASES)
def test_objects(sql: str) -> None:
    found = names(sql)
    assert found.parsed
    assert (set(found.created), set(found.altered), set(found.dropped)) == tuple(CASES[sql])
    assert found.touched == found.created | found.altered | found.dropped


def test_unqualified_names_are_in_the_schema_that_is_given() -> None:
    assert names("CREATE TABLE t (x int)", schema="app").created == {"app.t", "app.t.x"}


def test_mentions_relations_functions_and_types() -> None:
    found = names(
        "CREATE POLICY p ON t USING (app.is_admin() AND EXISTS ("
        "WITH w AS (SELECT 1) SELECT FROM o JOIN w ON true WHERE o.kind = 'x'::app.kind))"
    )
    assert {"public.t", "public.o", "app.is_admin", "app.kind"} <= found.mentioned
    assert "public.w" not in found.mentioned
    assert "public.f" in names("CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()").mentioned
    assert "public.o" in names("CREATE TABLE t (x int REFERENCES o (id))").mentioned


@pytest.mark.parametrize(
    "function",
    [
        "LANGUAGE sql AS 'SELECT x FROM app.a'",
        "LANGUAGE sql BEGIN ATOMIC SELECT x FROM app.a; END",
        "LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.a VALUES (1); RETURN 1; END $$",
    ],
)
def test_what_a_functions_body_speaks_of(function: str) -> None:
    assert names(f"CREATE FUNCTION f() RETURNS int {function}").in_bodies == {"app.a"}


@pytest.mark.parametrize(
    ("sql", "control", "dml", "noop"),
    [
        ("BEGIN", True, False, True),
        ("COMMIT", True, False, True),
        ("ROLLBACK TO x", True, False, True),
        ("SELECT 1", False, False, True),
        ("SELECT count(*) FROM t", False, False, True),
        ("SET search_path = ''", False, False, True),
        ("NOTIFY pgrst, 'reload schema'", False, False, True),
        ("ANALYZE t", False, False, True),
        ("SELECT cron.schedule('a', 'b', 'c')", False, False, False),
        ("SELECT setval('s', 1)", False, False, False),
        ("WITH w AS (DELETE FROM t RETURNING *) SELECT * FROM w", False, True, False),
        ("INSERT INTO t VALUES (1)", False, True, False),
        ("CREATE TABLE t (x int)", False, False, False),
        ("DO $$ BEGIN NULL; END $$", False, False, False),
        ("COPY t FROM stdin;\n1\n\\.", False, True, False),
    ],
)
def test_sorts_of_statements(sql: str, control: bool, dml: bool, noop: bool) -> None:
    found = names(sql)
    assert (found.is_transaction_control, found.is_dml, found.is_noop) == (control, dml, noop)


def test_what_the_parser_refuses_is_said() -> None:
    found = names("CREATE TABEL x")
    assert not found.parsed
    assert not found.is_noop
    assert not found.touched


def test_a_block_that_computes_its_sql_is_said() -> None:
    found = names("DO $$ BEGIN EXECUTE 'DROP TABLE ' || x; END $$")
    assert found.dynamic
    assert not found.dropped


def test_insert() -> None:
    (change,) = names(
        "INSERT INTO t AS n (a, b) VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = n.b "
        "WHERE n.b IS NULL"
    ).rows
    assert change == RowChange(
        RowAction.INSERT, "public.t", '"public"."t" AS "n"', columns=("a", "b"),
        sets=(("b", "n.b"),), where="n.b IS NULL", source="VALUES (1, 'x')", on_conflict="update",
    )  # fmt: skip
    (select,) = names("INSERT INTO t SELECT x FROM o ON CONFLICT DO NOTHING").rows
    assert (select.source, select.on_conflict) == ("SELECT x FROM o", "nothing")


def test_update() -> None:
    (change,) = names(
        'UPDATE ONLY app."T" SET a = 1, (b, c) = (lower(x), 2) FROM o WHERE o.id = "T".id'
    ).rows
    assert change == RowChange(
        RowAction.UPDATE, "app.T", 'ONLY "app"."T" AS "T"', columns=("a", "b", "c"),
        sets=(("a", "1"), ("b", "lower(x)"), ("c", "2")), where='o.id = "T".id', using="o",
    )  # fmt: skip


def test_update_from_a_subselect_cannot_tell_its_parts() -> None:
    (change,) = names("UPDATE t SET (a, b) = (SELECT 1, 2)").rows
    assert change.sets == (("a", ""), ("b", ""))
    assert change.where == ""


def test_delete() -> None:
    (change,) = names("DELETE FROM t d USING o WHERE d.id = o.id").rows
    assert change == RowChange(
        RowAction.DELETE, "public.t", '"public"."t" AS "d"', where="d.id = o.id", using="o"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "WITH w AS (SELECT 1 AS x) UPDATE t SET a = w.x FROM w",
        "WITH w AS (DELETE FROM t WHERE a = 1 RETURNING *) SELECT * FROM w",
        "DO $$ DECLARE v int; BEGIN UPDATE t SET a = v WHERE b = v; END $$",
        "DELETE FROM t WHERE CURRENT OF c",
    ],
)
def test_texts_that_need_names_from_elsewhere_are_said(sql: str) -> None:
    (change,) = names(sql).rows
    assert not change.self_contained


def test_truncate_and_copy() -> None:
    found = names("TRUNCATE a, app.b CASCADE").rows
    assert [(c.action, c.table) for c in found] == [
        (RowAction.TRUNCATE, "public.a"), (RowAction.TRUNCATE, "app.b"),
    ]  # fmt: skip
    (copy,) = names("COPY t (a, b) FROM stdin;\n1\t2\n\\.").rows
    assert (copy.action, copy.table, copy.columns) == (RowAction.COPY, "public.t", ("a", "b"))


def test_very_many_rows_are_not_written_out_again() -> None:
    insert = "INSERT INTO t (a) VALUES (1)"
    assert names(insert).rows[0].source == "VALUES (1)"
    (change,) = names(insert + ", (1)" * MANY_ROWS).rows
    assert change.source == ""
