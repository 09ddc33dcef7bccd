"""A refreshed snapshot equals one that is read anew, whatever happened in between."""

from __future__ import annotations

import random

import psycopg
import pytest

from reconcile_pipeline.catalog import incremental, prepared
from reconcile_pipeline.catalog.fingerprint import trigger
from reconcile_pipeline.catalog.incremental import Tracked, refresh, track
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline_tests.catalog.cases import Case, load

#: What changes names that others speak of, which the cases of drift do not.
SPREADS = {
    "column renamed": "ALTER TABLE app.client RENAME COLUMN name TO title",
    "table renamed": "ALTER TABLE app.project RENAME TO work",
    "table moved": "ALTER TABLE app.project SET SCHEMA public",
    "enum renamed": "ALTER TYPE app.status RENAME TO state",
    "domain renamed": "ALTER DOMAIN app.email RENAME TO mail",
    "composite renamed": "ALTER TYPE app.address RENAME TO place",
    "attribute renamed": "ALTER TYPE app.address RENAME ATTRIBUTE city TO town CASCADE",
    "range renamed": "ALTER TYPE app.span RENAME TO stretch",
    "function renamed": "ALTER FUNCTION app.touch() RENAME TO stamp",
    "function moved into a managed schema": "ALTER FUNCTION app.on_signup() SET SCHEMA auth",
    "function changed for a cast": "ALTER FUNCTION app.text_to_status(text) RENAME TO to_status",
    "event trigger's function renamed": "ALTER FUNCTION app.on_ddl() RENAME TO on_command",
    "sequence renamed": "ALTER SEQUENCE app.project_id_seq RENAME TO project_numbers",
    "sequence given to another": "ALTER SEQUENCE app.project_id_seq OWNED BY app.client.id",
    "identity sequence renamed": "ALTER SEQUENCE app.client_id_seq RENAME TO client_numbers",
    "identity sequence granted": "GRANT USAGE ON SEQUENCE app.client_id_seq TO anon",
    "index renamed": "ALTER INDEX app.project_client_idx RENAME TO by_client",
    "constraint renamed": "ALTER TABLE app.client RENAME CONSTRAINT client_pkey TO client_key",
    "view renamed": "ALTER VIEW app.open_project RENAME TO open_work",
    "view's column renamed": "ALTER VIEW app.open_project RENAME COLUMN client TO customer",
    "schema renamed": "ALTER SCHEMA app RENAME TO application",
    "role renamed": "ALTER ROLE app_reader RENAME TO app_writer",
    "role made": "CREATE ROLE app_guest",
    "collation renamed": "ALTER COLLATION app.german RENAME TO swiss",
    "operator dropped": "DROP OPERATOR app.=== (app.address, app.address) CASCADE",
    "server renamed": "ALTER SERVER elsewhere RENAME TO nowhere",
    "publication renamed": "ALTER PUBLICATION app_changes RENAME TO app_news",
    "partition detached": "ALTER TABLE app.event DETACH PARTITION app.event_2024",
    "partitioned table renamed": "ALTER TABLE app.event RENAME TO happening",
    "table made an extension's": "ALTER EXTENSION citext ADD TABLE app.log",
    "column that a join finds twice": """
        CREATE VIEW app.joined AS SELECT * FROM app.client JOIN app.log USING (id);
        ALTER TABLE app.log ADD COLUMN name text""",
    "table's rows as a type": """
        CREATE FUNCTION app.clients() RETURNS SETOF app.client LANGUAGE sql AS 'TABLE app.client';
        ALTER TABLE app.client RENAME TO customer""",
    "array of an enum": """
        ALTER TABLE app.log ADD COLUMN states app.status[] DEFAULT '{draft}';
        ALTER TYPE app.status RENAME TO state""",
    "same name, another object": "DROP TABLE app.log; CREATE TABLE app.log (id integer, line text)",
    "comment on a policy": "COMMENT ON POLICY project_read ON app.project IS 'Read'",
    "nothing but rows": "INSERT INTO app.log VALUES (1, 'x')",
    "a table rewritten": "TRUNCATE app.log; ALTER TABLE app.log ALTER COLUMN id TYPE bigint",
    "mapping dropped": "DROP USER MAPPING FOR app_reader SERVER elsewhere",
}
CASES = load("drift", "more") + [Case(name, sql, frozenset()) for name, sql in SPREADS.items()]


#: What can be spoken of anywhere, so that everything is read again.
READS_ALL = {
    "extension_added", "extension_dropped_with_its_column", "extension_schema",
    "extension_version", "table made an extension's",
    "collation_dropped", "collation renamed", "enum_label_renamed", "operator dropped",
    "operator_class_dropped", "composite renamed", "foreign_data_wrapper_dropped",
    "server renamed", "schema_dropped_with_all_in_it", "schema renamed",
    "role_attributes", "role_setting", "role made", "role renamed",
}  # fmt: skip


@pytest.fixture(scope="session")
def tracked(base: str) -> Tracked:
    """The base with its row versions."""
    with psycopg.connect(base, autocommit=True) as connection:
        return track(connection)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refreshed_snapshot_equals_a_new_one(
    case: Case, base: str, tracked: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: list[Snapshot] = []

    def noted(connection: psycopg.Connection[object], *, managed: frozenset[str]) -> Snapshot:
        whole.append(read(connection, managed=managed))
        return whole[-1]

    monkeypatch.setattr(incremental, "read", noted)
    with psycopg.connect(base) as connection:
        connection.execute(case.sql.encode())
        after = refresh(connection, tracked).snapshot
        assert bool(whole) == (case.name in READS_ALL)
        anew = read(connection)
        assert after == anew
        for kind, rows in anew.kinds.items():  # not part of equality, yet scopes rest on them
            assert after.kinds[kind].roots == rows.roots
        connection.rollback()


OF_AUTH = """
CREATE TYPE auth.level AS ENUM ('a');
CREATE COLLATION auth.plain FROM "C";
CREATE TABLE app.profile (id uuid PRIMARY KEY REFERENCES auth.users, level auth.level,
    maker uuid DEFAULT auth.uid(), name text COLLATE auth.plain);
CREATE POLICY own ON app.profile USING (id = auth.uid());
CREATE VIEW app.mails AS SELECT email FROM auth.users;
CREATE FUNCTION app.greet(auth.users) RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE auth.users RENAME TO people",
        "ALTER TABLE auth.users RENAME COLUMN id TO key",
        "ALTER TABLE auth.users RENAME COLUMN email TO mail",
        "ALTER FUNCTION auth.uid() RENAME TO who",
        "ALTER TYPE auth.level RENAME TO grade",
        "ALTER COLLATION auth.plain RENAME TO bare",
        "ALTER SCHEMA auth RENAME TO vault",
        "ALTER SCHEMA auth RENAME TO identity",
        "ALTER TABLE auth.users SET SCHEMA storage",
    ],
)
def test_what_ours_say_of_a_platforms_objects_changes_with_their_names(copy: str, sql: str) -> None:
    """They are in no snapshot, and what speaks of them has no new row."""
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(OF_AUTH)
        last = track(connection)
        connection.execute(sql.encode())
        after = refresh(connection, last)
        assert after.snapshot != last.snapshot
        assert after.snapshot == read(connection)


def test_what_a_transaction_took_back_is_read_as_it_was(base: str, tracked: Tracked) -> None:
    with psycopg.connect(base) as connection:
        connection.execute("ALTER INDEX app.project_client_idx RENAME TO by_client")
        after = refresh(connection, tracked)
        connection.rollback()
        assert refresh(connection, after).snapshot == tracked.snapshot


def test_nothing_changed_is_the_same_snapshot(base: str, tracked: Tracked) -> None:
    with psycopg.connect(base, autocommit=True) as connection:
        assert refresh(connection, tracked) is tracked


def test_many_changes_one_after_the_other(copy: str) -> None:
    chosen = random.Random(7)
    cases = [case for case in CASES if not case.name.startswith(("role", "schema"))]
    with psycopg.connect(copy, autocommit=True) as connection:
        last = track(connection)
        for case in chosen.sample(cases, 40):
            try:
                with connection.transaction():
                    connection.execute(case.sql.encode())
            except psycopg.Error:
                continue  # an earlier change took away what this one needs
            last = refresh(connection, last)
        assert last.snapshot == read(connection)


def test_one_change_does_not_read_everything(
    base: str, tracked: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("everything was read again")

    monkeypatch.setattr(incremental, "read", refused)
    with psycopg.connect(base) as connection:
        connection.execute("ALTER TABLE app.log ADD COLUMN note text")
        connection.execute("COMMENT ON FUNCTION app.touch() IS 'Stamps rows'")
        connection.execute("GRANT USAGE ON SCHEMA app TO anon")
        after = refresh(connection, tracked)
        connection.rollback()
    assert ObjectId(Kind.COLUMN, "app.log.note") in after.snapshot


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER again AFTER INSERT ON auth.users"
        " FOR EACH ROW EXECUTE FUNCTION app.on_signup()",
        "CREATE POLICY again ON storage.objects USING (true)",
        "ALTER PUBLICATION app_changes ADD TABLE storage.objects",
    ],
)
def test_the_first_that_hangs_on_a_platforms_table_was_not_seen(copy: str, sql: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute("DROP TRIGGER signup ON auth.users")
        connection.execute("DROP POLICY objects_read ON storage.objects")
        last = track(connection)
        connection.execute(sql.encode())
        now = refresh(connection, last)
        assert now.snapshot == read(connection) != last.snapshot
        assert refresh(connection, now).snapshot == now.snapshot


@pytest.mark.parametrize(
    ("make", "drop"),
    [
        ("CREATE PUBLICATION lone", "DROP PUBLICATION lone"),
        ("CREATE FOREIGN DATA WRAPPER lone", "DROP FOREIGN DATA WRAPPER lone"),
        ("CREATE TYPE lone AS ENUM ('one')", "DROP TYPE lone"),
        ("COMMENT ON SCHEMA public IS 'Ours'", "COMMENT ON SCHEMA public IS NULL"),
        (
            "CREATE FOREIGN DATA WRAPPER lone; CREATE SERVER lone FOREIGN DATA WRAPPER lone;"
            " CREATE USER MAPPING FOR PUBLIC SERVER lone",
            "ALTER USER MAPPING FOR PUBLIC SERVER lone OPTIONS (ADD user 'x')",
        ),
    ],
)
def test_the_only_row_of_a_small_catalog_comes_and_goes_unseen(
    database: str, make: str, drop: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for change in (make, drop):
            last, calm = track(connection), trigger(connection)
            connection.execute(change.encode())
            assert trigger(connection) != calm
            now = read(connection)
            assert now != last.snapshot
            assert refresh(connection, last).snapshot == now


def test_a_pooled_connection_that_prepares_nothing_is_refreshed_as_well(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True, prepare_threshold=None) as connection:
        last = track(connection)
        connection.execute("ALTER TYPE app.status RENAME TO state; DROP TABLE app.log")
        assert refresh(connection, last).snapshot == read(connection)
        assert connection.execute("TABLE pg_prepared_statements").fetchall() == []


def test_queries_that_somebody_deallocated_are_prepared_again(copy: str) -> None:
    with psycopg.connect(copy, autocommit=True) as connection:
        last = track(connection)
        for name in ("one", "two"):
            connection.execute("DEALLOCATE ALL")
            connection.execute(f"ALTER TABLE app.log ADD COLUMN {name} text".encode())
            last = refresh(connection, last)
        assert last.snapshot == read(connection)
        assert prepared.replaced(connection) == ()
