"""The locks read from a statement's text against those a real server holds."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from reconcile_pipeline.migrations.locks import LockMode, locks

SETUP = """
    CREATE TABLE t (id int PRIMARY KEY, a int, b text);
    CREATE TABLE o (id int PRIMARY KEY, t_id int);
    CREATE TABLE p (x int) PARTITION BY LIST (x);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE TABLE p2 (x int);
    CREATE INDEX t_a ON t (a);
    CREATE VIEW v AS SELECT a FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
    CREATE UNIQUE INDEX m_a ON m (a);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE POLICY q ON t USING (a = 1);
    CREATE SCHEMA s;
    CREATE PUBLICATION pub;
    ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
"""
# Statement -> the relations whose locks are compared.
STATEMENTS = {
    "ALTER TABLE t ADD COLUMN n int": ["t"],
    "ALTER TABLE t ADD COLUMN n int REFERENCES o (id)": ["t", "o"],
    "ALTER TABLE t DROP COLUMN b": ["t"],
    "ALTER TABLE t ALTER a SET NOT NULL": ["t"],
    "ALTER TABLE t ALTER a SET DEFAULT 1": ["t"],
    "ALTER TABLE t ALTER a SET STATISTICS 10": ["t"],
    "ALTER TABLE t ALTER a SET (n_distinct = 5)": ["t"],
    "ALTER TABLE t ALTER b SET STORAGE external": ["t"],
    "ALTER TABLE t ALTER b TYPE varchar(9)": ["t"],
    "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES o (id)": ["t", "o"],
    "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 1)": ["t"],
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)": ["t"],
    "ALTER TABLE t VALIDATE CONSTRAINT c": ["t"],
    "ALTER TABLE t DISABLE TRIGGER g": ["t"],
    "ALTER TABLE t ENABLE TRIGGER ALL": ["t"],
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY": ["t"],
    "ALTER TABLE t SET (fillfactor = 90)": ["t"],
    "ALTER TABLE t CLUSTER ON t_a": ["t"],
    "ALTER TABLE t REPLICA IDENTITY FULL": ["t"],
    "ALTER TABLE t OWNER TO CURRENT_USER": ["t"],
    "ALTER TABLE t RENAME TO u": ["t"],
    "ALTER TABLE t RENAME a TO z": ["t"],
    "ALTER TABLE t SET SCHEMA s": ["t"],
    "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)": ["p", "p2"],
    "ALTER TABLE p DETACH PARTITION p1": ["p", "p1"],
    "ALTER VIEW v SET (security_invoker = true)": ["v"],
    "ALTER INDEX t_a RENAME TO t_b": ["t_a"],
    "ALTER POLICY q ON t USING (a = 2)": ["t"],
    "ALTER POLICY q ON t RENAME TO r": ["t"],
    "ALTER TRIGGER g ON t RENAME TO h": ["t"],
    "ALTER PUBLICATION pub ADD TABLE t": ["t"],
    "CREATE TABLE n (x int REFERENCES t (id))": ["t"],
    "CREATE TABLE n PARTITION OF p FOR VALUES IN (3)": ["p"],
    "CREATE TABLE n () INHERITS (t)": ["t"],
    "CREATE INDEX n ON t (b)": ["t"],
    "CREATE POLICY n ON t USING (true)": ["t"],
    "CREATE TRIGGER n BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()": ["t"],
    "CREATE RULE n AS ON INSERT TO t DO ALSO NOTHING": ["t"],
    "CREATE OR REPLACE VIEW v AS SELECT a FROM t": ["v"],
    "CREATE PUBLICATION n FOR TABLE t": ["t"],
    "DROP TABLE t CASCADE": ["t"],
    "DROP VIEW v": ["v"],
    "DROP INDEX t_a": ["t_a"],
    "DROP POLICY q ON t": ["t"],
    "DROP TRIGGER g ON t": ["t"],
    "TRUNCATE t, o": ["t", "o"],
    "REFRESH MATERIALIZED VIEW m": ["m"],
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m": ["m"],
    "LOCK TABLE t IN SHARE MODE": ["t"],
    "LOCK TABLE t": ["t"],
    "CLUSTER t USING t_a": ["t"],
    "REINDEX TABLE t": ["t"],
    "ANALYZE t": ["t"],
    "COMMENT ON TABLE t IS 'x'": ["t"],
    "COMMENT ON COLUMN t.a IS 'x'": ["t"],
    "COMMENT ON CONSTRAINT t_pkey ON t IS 'x'": ["t"],
    "COMMENT ON POLICY q ON t IS 'x'": ["t"],
    "COMMENT ON TRIGGER g ON t IS 'x'": ["t"],
    "INSERT INTO t VALUES (1)": ["t"],
    "UPDATE t SET a = 2": ["t"],
    "DELETE FROM t": ["t"],
    "MERGE INTO t USING o ON t.id = o.id WHEN MATCHED THEN DELETE": ["t"],
}


@pytest.fixture(scope="module")
def connection(server: object) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    from reconcile_pipeline.shadow.servers.server import Server

    assert isinstance(server, Server)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE locks_of_statements TEMPLATE template0")
        with psycopg.connect(server.dsn("locks_of_statements")) as connection:
            connection.execute(SETUP)
            connection.commit()
            yield connection
        admin.execute("DROP DATABASE locks_of_statements WITH (FORCE)")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_locks(statement: str, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    names = STATEMENTS[statement]
    oids = {
        name: connection.execute("SELECT %s::regclass::oid", [name]).fetchone() for name in names
    }
    connection.commit()
    try:
        connection.execute(statement)
        held: dict[str, LockMode] = {}
        for name, row in oids.items():
            assert row is not None
            modes = connection.execute(
                "SELECT mode FROM pg_locks WHERE relation = %s AND pid = pg_backend_pid()", row
            ).fetchall()
            held[f"public.{name}"] = max(
                mode for mode in LockMode for (seen,) in modes
                if str(seen).lower() == mode.name.replace("_", "").lower() + "lock"
            )  # fmt: skip
        found = locks(statement)
    finally:
        connection.rollback()
    assert {name: found.get(name) for name in held} == held


def test_concurrent_forms_are_weaker() -> None:
    weak = LockMode.SHARE_UPDATE_EXCLUSIVE
    assert locks("CREATE INDEX CONCURRENTLY i ON s.t (a)") == {"s.t": weak}
    assert locks("DROP INDEX CONCURRENTLY i") == {"public.i": weak}
    assert locks("REINDEX TABLE CONCURRENTLY t") == {"public.t": weak}
    assert locks("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY")["public.p"] == weak
    assert locks("VACUUM t") == {"public.t": weak}
    assert locks("VACUUM (FULL) t") == {"public.t": LockMode.ACCESS_EXCLUSIVE}


def test_unqualified_names_are_in_the_schema_that_is_given() -> None:
    assert list(locks("TRUNCATE a, b.c", schema="app")) == ["app.a", "b.c"]


def test_what_does_not_parse_locks_nothing_that_we_know() -> None:
    assert locks("CREATE TABEL x") == {}
