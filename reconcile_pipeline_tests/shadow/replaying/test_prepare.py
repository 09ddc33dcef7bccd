"""How the shadow runs each statement: as written, as superuser, changed, or not at all."""

from __future__ import annotations

import pytest

from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.platforms.for_owner import created_extension
from reconcile_pipeline.shadow.replaying.prepare import Prepared, Way, prepare, without_commits


def prepared(text: str) -> Prepared:
    (statement,) = split(text)
    return prepare(statement)


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("create extension pg_trgm", 'CREATE EXTENSION "pg_trgm" CASCADE'),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions VERSION \'1.0\'',
         'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA "extensions" CASCADE'),
        ('create extension a schema "b""; x"', 'CREATE EXTENSION "a" SCHEMA "b""; x" CASCADE'),
    ],
)  # fmt: skip
def test_an_extension_is_created_by_a_command_of_our_own_words(written: str, run: str) -> None:
    assert prepared(written) == Prepared(Way.FOR_OWNER, run)
    wanted = created_extension(run)
    assert wanted is not None
    assert wanted.quiet is ("IF NOT" in run)


@pytest.mark.parametrize(
    "text",
    ["ALTER EXTENSION hstore UPDATE TO '1.8'", "ALTER EXTENSION hstore SET SCHEMA extensions",
     "DROP EXTENSION IF EXISTS hstore, citext CASCADE",
     "CREATE EVENT TRIGGER a ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION f()",
     "ALTER EVENT TRIGGER a DISABLE", "DROP EVENT TRIGGER a", "COMMENT ON EVENT TRIGGER a IS 'b'",
     "COMMENT ON EXTENSION hstore IS 'it''s'", "CREATE PUBLICATION p FOR ALL TABLES",
     "CREATE PUBLICATION p FOR TABLES IN SCHEMA public", "ALTER PUBLICATION p ADD TABLE a",
     "DROP PUBLICATION IF EXISTS p"],
)  # fmt: skip
def test_what_hosted_platforms_let_an_owner_do_is_done_for_it(text: str) -> None:
    assert prepared(text) == Prepared(Way.FOR_OWNER, text)


@pytest.mark.parametrize(
    "text",
    ["ALTER EXTENSION hstore ADD FUNCTION f()", "ALTER EXTENSION hstore DROP FUNCTION f()",
     "DROP EXTENSION plpgsql CASCADE", "DROP EXTENSION hstore, plpgsql",
     "ALTER EVENT TRIGGER reconcile_shadow_on_drop DISABLE",
     'DROP EVENT TRIGGER "!reconcile_shadow_on_start"',
     "ALTER EVENT TRIGGER a RENAME TO reconcile_shadow_a",
     "CREATE PUBLICATION p", "CREATE PUBLICATION p FOR TABLE a", "COMMENT ON TABLE a IS 'b'",
     "CREATE FOREIGN DATA WRAPPER w VALIDATOR f", "CREATE LANGUAGE plperlu", "CREATE TABLE a ()"],
)  # fmt: skip
def test_everything_else_is_run_with_the_owner_s_own_rights(text: str) -> None:
    assert prepared(text) == Prepared(Way.OWNER, text)


def test_a_command_for_the_superuser_holds_nothing_else() -> None:
    # Two statements that a splitter took for one, as it may where the parser refuses the file.
    (statement,) = split("CREATE EXTENSION hstore")
    for more in ("; ALTER ROLE a SUPERUSER", "; COMMIT", " SCHEMA x; SELECT 1"):
        changed = type(statement)(0, 1, statement.sql + more, statement.tag)
        assert prepare(changed).way is Way.OWNER


@pytest.mark.parametrize(
    ("text", "way"),
    [("BEGIN", Way.BEGIN), ("START TRANSACTION READ WRITE", Way.BEGIN), ("COMMIT", Way.COMMIT),
     ("END", Way.COMMIT), ("COMMIT AND CHAIN", Way.COMMIT), ("ROLLBACK", Way.ROLLBACK),
     ("ABORT", Way.ROLLBACK)],
)  # fmt: skip
def test_a_files_own_transaction_is_known(text: str, way: Way) -> None:
    assert prepared(text).way is way


@pytest.mark.parametrize(
    "text",
    ["PREPARE TRANSACTION 'a'", "COMMIT PREPARED 'a'", "ROLLBACK PREPARED 'a'",
     "ROLLBACK TO SAVEPOINT a", "ROLLBACK WORK TO a", "rollback transaction to savepoint a"],
)  # fmt: skip
def test_what_would_end_the_replays_own_transaction_is_an_error_instead(text: str) -> None:
    assert prepared(text).way is Way.OWNER
    assert "feature_not_supported" in prepared(text).sql


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)",
         "CREATE INDEX IF NOT EXISTS i ON a (b)"),
        ("DROP INDEX CONCURRENTLY i", "DROP INDEX i"),
        ("CREATE INDEX concurrently ON a (b) WHERE c = 'CONCURRENTLY '",
         "CREATE INDEX ON a (b) WHERE c = 'CONCURRENTLY '"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH MATERIALIZED VIEW v"),
        ("ALTER USER a WITH ENCRYPTED PASSWORD 'it''s' CREATEDB", "ALTER USER a WITH  CREATEDB"),
        ("CREATE ROLE a LOGIN PASSWORD NULL", "CREATE ROLE a LOGIN "),
        ("RESET ALL", "SET search_path TO DEFAULT"),
        ("SET ROLE a", "SET ROLE a"),
        ("SET LOCAL search_path = a, b", "SET LOCAL search_path = a, b"),
        ("COPY a FROM '/tmp/x'", "COPY a FROM '/tmp/x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_in_a_replay_is_taken_out_of_a_statement(written: str, run: str) -> None:
    assert prepared(written) == Prepared(Way.OWNER, run)


def test_rows_that_follow_a_copy_are_its_data() -> None:
    text = 'COPY public.a (b, "c d") FROM stdin;\n1\tx;\n\\N\t--\n\\.\n'
    assert prepared(text) == Prepared(
        Way.COPY, 'COPY public.a (b, "c d") FROM stdin', "1\tx;\n\\N\t--\n"
    )
    assert prepared("copy a from stdin with (format csv);\r\n\\.\r\n").data == ""
    assert prepared("COPY a TO STDOUT").way is Way.SKIP


def test_a_block_that_commits_runs_without_its_commits() -> None:
    block = "DO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; ROLLBACK; END $$"
    assert without_commits(block) == "DO $$ BEGIN INSERT INTO a VALUES (1); NULL; NULL; END $$"
