"""Statements sent in one message, and what the recorder tells in place of a reading."""

# ruff: noqa: E501, S608  SQL reads better on one line, and is nobody's input here

from __future__ import annotations

import pytest

from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline.shadow.replaying import reach
from reconcile_pipeline.shadow.replaying.statement import run_together
from reconcile_pipeline_tests.shadow.replays import replayed, replayer, watched

_TABLE = "CREATE TABLE t (id int PRIMARY KEY, a text, b int);"
_CASES = {
    "columns that are there already": [
        _TABLE + "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text; ALTER TABLE t ADD COLUMN c int;"
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int; ALTER TABLE t ADD COLUMN IF NOT EXISTS \"C\" int;",
        "ALTER TABLE t ADD COLUMN d int; ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int;"
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int; ALTER TABLE t ADD COLUMN f int, ADD g int;"
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS f int; ALTER TABLE t ADD COLUMN h int;",
    ],
    "columns that fail": [
        _TABLE,
        "ALTER TABLE t ADD COLUMN d int; ALTER TABLE t ADD COLUMN d int; CREATE INDEX i ON t (d);"
        "ALTER TABLE missing ADD COLUMN e int; ALTER TABLE t ADD COLUMN e int;",
    ],
    "comments that change": [
        _TABLE + "COMMENT ON TABLE t IS 'one'; COMMENT ON TABLE t IS 'two: 2'; ALTER TABLE t"
        " ADD COLUMN c int; COMMENT ON TABLE t IS NULL; COMMENT ON COLUMN t.c IS 'x'; COMMENT ON"
        " TABLE t IS 'ü'; ALTER TABLE t SET (fillfactor = 50); COMMENT ON TABLE t IS 'three';",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE t IS 'four'; ALTER TABLE t FORCE"
        " ROW LEVEL SECURITY; ALTER TABLE t SET LOGGED; ALTER TABLE t DISABLE ROW LEVEL SECURITY;"
        "COMMENT ON TABLE t IS 'five';",
        "CREATE TABLE w (a int); COMMENT ON TABLE w IS 'w'; CREATE INDEX k ON w (a); ALTER TABLE w"
        " ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE w IS 'x'; ALTER TABLE w FORCE ROW LEVEL SECURITY;",
        "CREATE TABLE u (LIKE t INCLUDING ALL); COMMENT ON TABLE u IS 'u'; DROP TABLE u;",
    ],
    "children of a table": [
        _TABLE + "CREATE TABLE child (x int) INHERITS (t); ALTER TABLE t ADD COLUMN c int;"
        "ALTER TABLE child ADD COLUMN d int; ALTER TABLE t ADD COLUMN d int; ALTER TABLE t ENABLE"
        " ROW LEVEL SECURITY; COMMENT ON TABLE t IS 'x';",
    ],
    "grants amid much else": [
        _TABLE + "CREATE TABLE u (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1';"
        "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; GRANT SELECT ON t, u TO PUBLIC; GRANT SELECT ON t"
        " TO PUBLIC; ALTER TABLE u ADD COLUMN x int; GRANT UPDATE (a), SELECT ON t TO PUBLIC;"
        "DO $$ BEGIN BEGIN GRANT DELETE ON u TO PUBLIC; EXCEPTION WHEN others THEN NULL; END;"
        " GRANT INSERT ON t TO PUBLIC; END $$; REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE TABLE w (a int);"
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC; REVOKE SELECT ON w FROM PUBLIC;",
    ],
    "what fails among many": [
        _TABLE + "CREATE INDEX i ON t (a); CREATE INDEX i ON t (b); CREATE POLICY p ON t;"
        "CREATE POLICY p ON t; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1';"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 2'; CREATE VIEW v AS SELECT a FROM t;"
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 3'; DROP VIEW v;"
        "DROP VIEW v; COMMENT ON POLICY p ON t IS 'x'; COMMENT ON INDEX i IS 'y'; DROP TABLE t;"
        "CREATE TABLE t (x int);",
    ],
    "a publication that loses a table": [
        _TABLE + "CREATE PUBLICATION one FOR TABLE t; CREATE TABLE u (id int); CREATE VIEW v AS"
        " SELECT 1 AS x; DROP VIEW v; ALTER TABLE u ADD COLUMN a int; DROP TABLE t;",
    ],
    "plans that a file throws away": [
        "DEALLOCATE ALL;" + _TABLE + "CREATE INDEX i ON t (a); CREATE POLICY p ON t;",
        "ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ALTER c SET DEFAULT 1; DEALLOCATE ALL;"
        "CREATE TABLE u (id int); CREATE INDEX j ON u (id);",
    ],
    "a plan of ours that a file puts its own in place of": [
        _TABLE + "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE reconcile_told AS SELECT"
        " NULL::text'; END $$; CREATE INDEX i ON t (a); CREATE POLICY p ON t; CREATE TABLE u (id int);"
    ],
    "a function's word for a column": [
        _TABLE + "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE t ADD"
        " COLUMN y int; RETURN 1; END $$; ALTER TABLE t ADD COLUMN c int DEFAULT 1;"
        "CREATE TABLE u (id int DEFAULT f()); INSERT INTO u DEFAULT VALUES;"
        "ALTER TABLE u ADD COLUMN d int DEFAULT f();",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", _CASES)
def test_effects(name: str, two: tuple[ShadowDatabase, ShadowDatabase]) -> None:
    assert replayed(two[0], _CASES[name]) == watched(two[1], _CASES[name])


def test_what_fails_is_named_and_nothing_else(spoiled: ShadowDatabase) -> None:
    with replayer(spoiled, _CASES["what fails among many"]) as made:
        runs = made.run(lambda file, index: True).runs
    assert [run.index for run in runs if run.outcome is Outcome.FAILED] == [2, 4, 6, 10]
    assert {run.sqlstate for run in runs if run.error} == {"42P07", "42710", "42723", "42P01"}


def test_a_column_that_was_taken_back_is_new_again(spoiled: ShadowDatabase) -> None:
    files = [_TABLE + "BEGIN; ALTER TABLE t ADD COLUMN c int; CREATE INDEX i ON t (c); ROLLBACK;"
             "ALTER TABLE t ADD COLUMN c int; CREATE INDEX i ON t (c);"]  # fmt: skip
    found = replayed(spoiled, files)
    assert [effect[:3] for effect in found[0, 5]] == [("created", "column", "public.t.c")]
    assert found[0, 2] == found[0, 5] and found[0, 3] == found[0, 6]


@pytest.mark.parametrize(
    ("sql", "column"),
    [("ALTER TABLE t ADD COLUMN IF NOT EXISTS c text DEFAULT 'a, b'", "c"),
     ('ALTER TABLE ONLY s.t ADD "C d" numeric(5, 2) NOT NULL', "C d"),
     ("ALTER TABLE t ADD COLUMN Mixed int DEFAULT coalesce(1, (2))", "mixed"),
     ("ALTER TABLE t ADD COLUMN c int, ADD COLUMN d int", ""),
     ("ALTER TABLE t ADD COLUMN c int, ENABLE ROW LEVEL SECURITY", ""),
     ("ALTER TABLE t ADD COLUMN c int REFERENCES u", ""), ("ALTER TABLE t ADD c bigserial", ""),
     ("ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY", ""),
     ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", ""), ("ALTER TABLE t ADD UNIQUE (c)", ""),
     ("ALTER TABLE t ADD PRIMARY KEY (id)", "")],
)  # fmt: skip
def test_a_column_that_comes_alone(sql: str, column: str) -> None:
    assert reach.aim(split(sql)[0]).column == column


@pytest.mark.parametrize(
    ("sql", "names"),
    [("ALTER TABLE public.\"My T\" ADD CHECK (x > other)", {"my t"}),
     ("CREATE OR REPLACE FUNCTION s.f(t users) RETURNS int LANGUAGE sql AS 'select 1 from g'", {"f"}),
     ("CREATE POLICY p ON public.t USING (id IN (SELECT id FROM u))", {"t"}),
     ("CREATE UNIQUE INDEX IF NOT EXISTS i ON ONLY t (a)", {"t"}),
     ("COMMENT ON COLUMN s.t.c IS 'u'", {"t"}), ("COMMENT ON POLICY p ON s.t IS 'u'", {"t"})],
)  # fmt: skip
def test_what_a_statement_is_about(sql: str, names: set[str]) -> None:
    assert reach.aim(split(sql)[0]).names == names


def test_a_ctrl_c_amid_a_message_was_taken_for_a_statement_that_failed(
    shadow: ShadowDatabase,
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with shadow.connect_owner() as connection:
        with pytest.raises(KeyboardInterrupt):
            run_together(connection, [b"SELECT pg_sleep(0.2)", b"SELECT 1"], interrupted)
        assert connection.closed  # nobody has read the answers
