"""A shadow database has production's platform: roles, settings, managed schemas, extensions."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms import stand_ins
from reconcile_pipeline.shadow.platforms.platform import build
from reconcile_pipeline.shadow.platforms.source import read_source
from reconcile_pipeline.shadow.servers.cluster import Cluster, cluster
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, drop_database
from reconcile_pipeline_tests.catalog.old_servers import running
from reconcile_pipeline_tests.shadow.platforms.test_extensions import USES
from reconcile_pipeline_tests.shadow.running import execute, value

_numbers = itertools.count(1)


@pytest.fixture
def production(server: Server) -> Iterator[str]:
    """DSN of a fresh Supabase project, as superuser."""
    name = f"production_{os.getpid()}_{next(_numbers)}"
    create_platform(server, name)
    yield server.dsn(name)
    drop_database(server, name)


@pytest.fixture(autouse=True)
def folder_as_it_was(private: Cluster) -> Iterator[None]:
    """What one production's shadow is offered is nothing to the next test."""
    assert private.extensions is not None
    place = private.extensions / "extension"
    before = {path: path.read_bytes() for path in place.iterdir()}
    yield
    for path in place.iterdir():
        if path not in before:
            path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
        path.chmod(0o644)


def built(where: Cluster, dsn: str, script: str = "") -> tuple[ShadowDatabase, tuple[str, ...]]:
    """A shadow of the production at `dsn` for these migrations."""
    with psycopg.connect(dsn) as connection:
        source = read_source(connection, MANAGED_SCHEMAS)
    return build(where, source, dsn, script, MANAGED_SCHEMAS)


def test_the_shadow_has_the_platform_and_its_owner_is_no_superuser(
    private: Cluster, production: str
) -> None:
    shadow, notes = built(private, production)
    with shadow.connect_owner() as owner:
        assert notes == ()
        assert value(owner, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert value(owner, "SELECT 'auth.users'::regclass::text") == "auth.users"
        assert value(owner, "SHOW search_path") == '"$user", public, extensions'
        for role in ("anon", "authenticated", "service_role"):
            assert execute(shadow, owner, f"SET ROLE {role}; RESET ROLE") == []
        text = """
            CREATE TABLE public.a (id uuid REFERENCES auth.users (id));
            CREATE POLICY p ON storage.objects FOR SELECT TO anon USING (true);
        """
        assert [str(error) for error in execute(shadow, owner, text)] == []


def test_an_extension_that_files_use_and_none_creates_comes_from_production(
    private: Cluster, production: str
) -> None:
    with psycopg.connect(production, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_trgm SCHEMA extensions VERSION '1.5'")
        admin.execute("CREATE EXTENSION citext SCHEMA public")
        admin.execute("CREATE EXTENSION hstore SCHEMA public")
        admin.execute("CREATE EXTENSION unaccent SCHEMA public")
    script = """
        CREATE EXTENSION IF NOT EXISTS citext;  -- hstore
        CREATE TABLE a (b text); CREATE INDEX ON a USING gin (b gin_trgm_ops);
        SELECT unaccent('x');
    """
    shadow, notes = built(private, production, script)
    with shadow.connect_owner() as owner:
        there = shadow.read(owner).kinds[Kind.EXTENSION].objects
    assert {"pg_trgm", "unaccent"} <= there.keys()
    assert not {"citext", "hstore"} & there.keys()  # a file makes one; the other was made by hand
    assert [note.split()[4] for note in notes] == ["pg_trgm", "unaccent"]
    assert "1.5" in there["pg_trgm"]


def test_an_extension_that_nobody_knows_exists_by_its_name_alone(
    private: Cluster, production: str
) -> None:
    shadow, notes = built(private, production, "CREATE EXTENSION some_extension")
    assert notes == ("The shadow knows nothing of the extension some_extension but its name.",)
    with shadow.connect_owner() as owner:
        assert execute(shadow, owner, "CREATE EXTENSION some_extension") == []


def test_what_an_unknown_extension_brings_is_taken_from_production_by_its_signature(
    private: Cluster, production: str
) -> None:
    name = "some_extension"
    with psycopg.connect(production, autocommit=True) as admin:
        admin.execute(
            r"""SET allow_system_table_mods = on;
            INSERT INTO pg_extension VALUES (987654, 'some_extension', 10,
              'extensions'::regnamespace, false, '7.1', NULL, NULL);
            CREATE TYPE extensions.mood AS ENUM ('it''s', 'sad \ "$reconcile$"');
            CREATE TYPE extensions.pair AS (a extensions.mood, b numeric(5, 2));
            CREATE FUNCTION extensions.in_c(a int, b text DEFAULT 'it''s $reconcile$') RETURNS text
              LANGUAGE internal IMMUTABLE AS 'textin';
            CREATE FUNCTION extensions.rows_in_c(OUT a int, OUT b text) RETURNS SETOF record
              LANGUAGE internal AS 'textin';
            CREATE FUNCTION extensions.plain(a extensions.pair) RETURNS int LANGUAGE sql
              AS 'SELECT 7';
            CREATE FUNCTION extensions.powerful() RETURNS text LANGUAGE sql SECURITY DEFINER
              AS 'SELECT current_user::text';
            CREATE FUNCTION extensions.trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
              AS 'BEGIN RETURN NULL; END';
            INSERT INTO pg_depend SELECT 'pg_proc'::regclass, oid, 0, 'pg_extension'::regclass,
              987654, 0, 'e' FROM pg_proc
              WHERE proname IN ('in_c', 'rows_in_c', 'plain', 'powerful', 'trigger')
                AND pronamespace = 'extensions'::regnamespace;
            INSERT INTO pg_depend SELECT 'pg_type'::regclass, oid, 0, 'pg_extension'::regclass,
              987654, 0, 'e' FROM pg_type WHERE typname IN ('mood', 'pair')"""
        )
    shadow, notes = built(private, production, f"CREATE EXTENSION {name} SCHEMA extensions")
    assert notes == (
        f"The shadow knows nothing of the extension {name} but the signatures of its functions.",
    )
    with shadow.connect_owner() as owner:
        text = r"""
            CREATE EXTENSION some_extension SCHEMA extensions;
            CREATE TABLE a (m extensions.mood DEFAULT 'it''s', p extensions.pair,
              t text GENERATED ALWAYS AS (extensions.in_c(7)) STORED);
            CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION extensions.trigger();
            INSERT INTO a VALUES ('sad \ "$reconcile$"', ('it''s', 1.5));
            SELECT * FROM extensions.rows_in_c();
        """
        assert [str(error) for error in execute(shadow, owner, text)] == []
        assert value(owner, "SELECT extensions.plain(p) FROM a") == 7
        assert value(owner, "SELECT extensions.powerful()") is None
        assert value(owner, "SELECT extversion FROM pg_extension WHERE oid > 16384") == "7.1"


def test_a_stand_in_gives_way_to_production_s_own_objects_in_its_schema(
    private: Cluster, production: str
) -> None:
    with psycopg.connect(production, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA cron; CREATE TABLE cron.job (jobid int, own text)")
    shadow, _ = built(private, production)
    with shadow.connect_owner() as owner:
        text = "CREATE EXTENSION pg_cron; INSERT INTO cron.job VALUES (1, 'x')"
        assert [str(error) for error in execute(shadow, owner, text)] == []


# -- a server of somebody else's -------------------------------------------------------------------

_DATABASES_AND_ROLES = """
SELECT array_agg(datname ORDER BY 1) || (SELECT array_agg(rolname ORDER BY 1) FROM pg_roles)
  FROM pg_database"""


def stand_ins_work_on(url: str, production: str) -> None:
    """Every stand-in runs on the server at `url`, which is as before afterwards."""
    with psycopg.connect(url) as admin:
        before = value(admin, _DATABASES_AND_ROLES)
    with cluster(url) as shared:
        shadow, _ = built(shared, production)
        with shadow.connect_owner() as owner:
            assert value(owner, "SELECT rolsuper FROM pg_roles WHERE rolname = user") is False
            assert execute(shadow, owner, "CREATE SCHEMA extensions") == []
            seen = shadow.read(owner)
            for name in sorted(stand_ins.names()):
                with owner.transaction(force_rollback=True):
                    text = USES[name].replace("owner_of_files", "CURRENT_USER")
                    errors = execute(shadow, owner, text)
                    assert [str(error) for error in errors] == [], name
                with owner.transaction(force_rollback=True):
                    assert execute(shadow, owner, f'CREATE EXTENSION "{name}" CASCADE') == []
                    now = shadow.read(owner).kinds
                    assert name in now[Kind.EXTENSION].objects
                    for kind in now.keys() - {Kind.EXTENSION, Kind.SCHEMA}:
                        new = now[kind].objects.keys() - seen.kinds[kind].objects.keys()
                        assert not new, (name, kind)
    with psycopg.connect(url) as admin:
        assert value(admin, _DATABASES_AND_ROLES) == before


def test_stand_ins_on_a_server_whose_folders_are_not_ours(server: Server, database: str) -> None:
    stand_ins_work_on(server.dsn(), database)


def test_stand_ins_on_debian_s_server(database: str) -> None:
    with running(15) as url:
        stand_ins_work_on(url, database)


def test_a_shared_server_of_15_gives_no_role_that_may_join_others(production: str) -> None:
    with running(15) as url, cluster(url) as shared:
        shadow, _ = built(shared, production)
        with shadow.connect_owner() as owner, owner.transaction(force_rollback=True):
            query = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = user"
            assert value(owner, query) is False
            text = (
                "GRANT pg_execute_server_program TO CURRENT_USER; COPY (SELECT 1) TO PROGRAM 'id'"
            )
            assert len(execute(shadow, owner, text)) == 2
