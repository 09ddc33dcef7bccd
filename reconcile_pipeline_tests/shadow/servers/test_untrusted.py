"""Hostile migration files: an error or nothing; nothing outside the shadow changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.prepare import Way, prepare
from reconcile_pipeline_tests.shadow.conftest import OWNER
from reconcile_pipeline_tests.shadow.running import execute, value

#: What an attacker wants to have run as superuser.
ESCALATE = f"ALTER ROLE {OWNER} SUPERUSER"
EVIL = """
CREATE FUNCTION public.evil() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('evil.ran', current_user, false);
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    ESCALATE;
  END IF;
END $$;""".replace("ESCALATE", ESCALATE)


def is_superuser(connection: Connection[Any]) -> bool:
    return bool(value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = session_user"))


# -- the server's files, programs and network ------------------------------------------------------

REFUSED = {
    "a program is written to": "COPY (SELECT 1) TO PROGRAM 'touch {file}'",
    "a program is read from": "CREATE TABLE a (b text); COPY a FROM PROGRAM 'touch {file}; id'",
    "a file is read": "CREATE TABLE a (b text); COPY a FROM '/etc/passwd'",
    "a file is written": "COPY (SELECT 1) TO '{file}'",
    "a function reads a file": "SELECT pg_read_file('/etc/passwd')",
    "a function reads bytes": "SELECT pg_read_binary_file('/etc/passwd', 0, 9)",
    "a folder is listed": "SELECT pg_ls_dir('/etc')",
    "a file becomes a large object": "SELECT lo_import('/etc/passwd')",
    "a large object becomes a file": "SELECT lo_export(lo_from_bytea(0, 'x'), '{file}')",
    "a library is loaded": "LOAD '$libdir/passwordcheck'; SELECT 1/0",
    "a function is in C": "CREATE FUNCTION f(cstring) RETURNS int LANGUAGE c"
    " AS '/lib/x86_64-linux-gnu/libc.so.6', 'system'",
    "a function is internal": "CREATE FUNCTION f(text) RETURNS text LANGUAGE internal"
    " AS 'pg_read_file'",
    "an untrusted language": "CREATE LANGUAGE plpython3u",
    "an untrusted language as an extension": "CREATE EXTENSION plpython3u",
    "a subscription": "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
    "a connection by dblink": "CREATE EXTENSION dblink;"
    " SELECT dblink_connect('host={host} user={user}')",
    "a query by dblink": "CREATE EXTENSION dblink;"
    " SELECT * FROM dblink('host={host} user={user}', 'SELECT 1') AS t (a int)",
    "an unchecked connection by dblink": "CREATE EXTENSION dblink;"
    " SELECT dblink_connect_u('host={host} user={user}')",
    "a foreign server": "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER"
    " postgres_fdw OPTIONS (host '{host}'); CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS"
    " (user '{user}'); CREATE FOREIGN TABLE f (a int) SERVER s; SELECT * FROM f",
    "a foreign schema": "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER"
    " postgres_fdw OPTIONS (host '{host}'); IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public",
    "a file as a table": "CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;"
    " CREATE FOREIGN TABLE f (a text) SERVER s OPTIONS (filename '/etc/passwd'); SELECT * FROM f",
    "a setting of the server": "SELECT set_config('session_preload_libraries', 'x', false)",
    "a limit is lifted": "SET temp_file_limit = -1",
    "a two-phase transaction": "PREPARE TRANSACTION 'x'",
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused(
    case: str, shadow: ShadowDatabase, owner: Connection[Any], tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    file = tmp_path / "made"
    host = owner.info.host
    text = REFUSED[case].format(file=file, host=host, user=shadow.cluster.superuser)
    errors = execute(shadow, owner, text)
    assert len(errors) == 1
    assert not file.exists()


@pytest.mark.parametrize(
    "text",
    ["ALTER SYSTEM SET log_min_messages = debug5", "VACUUM", "CHECKPOINT", "LOAD 'auto_explain'",
     "CREATE DATABASE other", "DROP DATABASE template1", "NOTIFY a, 'b'", "LISTEN a",
     "CREATE TABLESPACE t LOCATION '/tmp'", "SET statement_timeout = 0",
     "SET idle_in_transaction_session_timeout = 1", "set local transaction_timeout to '1ms'",
     "SET session_replication_role = replica", "COPY (SELECT 1) TO STDOUT", "SAVEPOINT statement",
     "RELEASE SAVEPOINT statement", "DISCARD ALL", "SET client_encoding = 'LATIN1'"],
)  # fmt: skip
def test_what_would_leave_the_shadow_or_end_the_replay_is_not_run(text: str) -> None:
    (statement,) = split(text)
    assert prepare(statement).way is Way.SKIP


# -- becoming superuser ----------------------------------------------------------------------------

ESCALATIONS = {
    "its own role": ESCALATE,
    "a new role": "CREATE ROLE other SUPERUSER LOGIN PASSWORD 'x'",
    "SET ROLE": "SET ROLE {user}",
    "SET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION {user}",
    "membership": f"GRANT {{user}} TO {OWNER}",
    "reading all data": f"GRANT pg_read_all_data TO {OWNER}",
    "server files": f"GRANT pg_read_server_files, pg_execute_server_program TO {OWNER}",
    "the catalog": "UPDATE pg_authid SET rolsuper = true",
    "passwords": "SELECT rolpassword FROM pg_authid",
    "system tables": "SET allow_system_table_mods = on",
    "the recorder's secret": "SELECT token FROM reconcile_shadow.secret",
    "the recorder without its secret": f"SELECT reconcile_shadow.run_for_owner('x', '{ESCALATE}',"
    " '{{}}')",
    "the recorder's schema": "DROP SCHEMA reconcile_shadow CASCADE",
    "the recorder's function": "CREATE OR REPLACE FUNCTION reconcile_shadow.on_command()"
    " RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "the recorder's trigger off": "ALTER EVENT TRIGGER reconcile_shadow_on_command DISABLE",
    "the recorder's trigger gone": "DROP EVENT TRIGGER reconcile_shadow_on_drop",
    "the recorder's guard gone": 'DROP EVENT TRIGGER IF EXISTS "!reconcile_shadow_on_start"',
    "the recorder's trigger renamed": "ALTER EVENT TRIGGER reconcile_shadow_on_drop RENAME TO a",
    "the recorder's language": "DROP EXTENSION plpgsql CASCADE",
    "the recorder in an extension": "CREATE EXTENSION hstore;"
    " ALTER EXTENSION hstore ADD SCHEMA reconcile_shadow",
    "no triggers at all": "SELECT set_config('session_replication_role', 'replica', false)",
    "no event triggers at all": "SELECT set_config('event_triggers', 'off', false)",
    "a trigger that always fires": EVIL
    + "CREATE EVENT TRIGGER a ON ddl_command_end EXECUTE FUNCTION"
    " evil(); ALTER EVENT TRIGGER a ENABLE ALWAYS",
    "a trigger before the guard": EVIL + 'CREATE EVENT TRIGGER " a" ON ddl_command_start EXECUTE'
    " FUNCTION evil()",
    "a trigger in an extension's script": EVIL
    + "CREATE EVENT TRIGGER a ON ddl_command_start EXECUTE"
    " FUNCTION evil(); DO $$ BEGIN CREATE EXTENSION hstore; END $$",
    "two commands in one": "SET standard_conforming_strings = off; CREATE EXTENSION hstore;"
    f" COMMENT ON EXTENSION hstore IS 'a\\'\n'; {ESCALATE}; --'",
}


@pytest.mark.parametrize("case", ESCALATIONS)
def test_a_file_does_not_become_superuser(
    case: str, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = ESCALATIONS[case].replace("{user}", shadow.cluster.superuser).replace("{{}}", "{}")
    errors = execute(shadow, owner, text)
    assert len(errors) == (0 if case == "two commands in one" else 1)
    assert not is_superuser(owner)
    assert value(owner, "SELECT current_setting('evil.ran', true)") in (None, "", OWNER)
    query = "SELECT count(*) FROM pg_event_trigger WHERE evtname ~ '^rec' AND evtenabled = 'A'"
    assert value(owner, query) == 2


def test_an_operator_in_public_did_not_run_with_the_recorders_rights(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = f"""
        CREATE FUNCTION public.evil_equal(text, text) RETURNS bool LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('evil.ran', current_user, false);
          IF current_user <> '{OWNER}' THEN {ESCALATE}; END IF;
          RETURN $1 OPERATOR(pg_catalog.=) $2;
        END $$;
        CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil_equal);
        CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('evil.ran', current_user, false);
          RETURN 'public';
        END $$;
        CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('evil.ran', current_user, false);
          RETURN 'ALTER ROLE {OWNER} SUPERUSER';
        END $$;
        SET search_path = public, pg_catalog;
        CREATE EXTENSION hstore;
    """ + ";".join(
        f'CREATE EXTENSION "{name}"'
        for name in ("dblink", "postgis", "pgcrypto", "pg_cron", "pgmq")
    )
    assert execute(shadow, owner, text) == []
    owner.execute("SET LOCAL search_path = pg_catalog")
    assert value(owner, "SELECT current_setting('evil.ran', true)") is None
    assert not is_superuser(owner)


def test_a_files_event_trigger_does_not_fire_on_what_we_run_for_it(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = (
        EVIL
        + """
        CREATE EVENT TRIGGER a ON ddl_command_start EXECUTE FUNCTION evil();
        CREATE EVENT TRIGGER b ON ddl_command_end EXECUTE FUNCTION evil();
        CREATE EVENT TRIGGER c ON sql_drop EXECUTE FUNCTION evil();
        CREATE EXTENSION postgis; CREATE EXTENSION hstore; DROP EXTENSION hstore;
        CREATE PUBLICATION p FOR ALL TABLES; DROP PUBLICATION p;
        """
    )
    assert execute(shadow, owner, text) == []
    assert value(owner, "SELECT current_setting('evil.ran', true)") is None
    # It fires for the owner's own commands, even where a type's function runs with our rights.
    assert execute(shadow, owner, "CREATE TABLE t (a geometry(Point,4326))") == []
    assert value(owner, "SELECT current_setting('evil.ran', true)") == OWNER
    assert not is_superuser(owner)


def test_temporary_tables_do_not_stand_in_for_the_catalogs_of_the_recorder(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = """
        CREATE TEMP TABLE pg_class (oid oid, relname name);
        CREATE TEMP TABLE pg_index (indexrelid oid, indrelid oid);
        CREATE TABLE public.seen (a int);
    """
    assert execute(shadow, owner, text) == []
    oid = value(owner, "SELECT 'public.seen'::regclass::oid::int8")
    assert f"pg_class:{oid}" in value(owner, "SELECT current_setting('reconcile.touched')").split()


def test_the_recorders_secret_is_shown_nowhere(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    function = """
        CREATE FUNCTION spy() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('spy.query', current_query(), false); END $$;
        CREATE EVENT TRIGGER spy ON ddl_command_start EXECUTE FUNCTION spy();
    """
    assert execute(shadow, owner, function) == []
    shadow.run_for_owner(owner, 'CREATE EXTENSION "hstore" CASCADE')
    seen = value(owner, "SELECT string_agg(query, ' ') FROM pg_stat_activity")
    seen += value(owner, "SELECT string_agg(prosrc, ' ') FROM pg_proc WHERE prosrc <> ''")
    seen += str(value(owner, "SELECT current_setting('spy.query', true)"))
    assert shadow.token not in seen
    assert shadow.cluster.password not in seen
    assert shadow.token not in repr(shadow) and shadow.cluster.password not in repr(shadow)


# -- the way in ------------------------------------------------------------------------------------


def test_nobody_enters_the_private_server_without_its_password(shadow: ShadowDatabase) -> None:
    for user in (shadow.cluster.superuser, OWNER):
        bare = make_conninfo(
            shadow.cluster.dsn(shadow.name, user), password="guess", connect_timeout=5
        )
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(bare)
    with shadow.cluster.connect_admin() as admin:
        assert value(admin, "SELECT current_setting('listen_addresses')") == ""
        assert value(admin, "SELECT current_setting('unix_socket_permissions')") == "0700"


def test_a_file_that_changes_the_owners_password_locks_nobody_out(spoiled: ShadowDatabase) -> None:
    with spoiled.connect_owner() as connection:
        text = f"DO $$ BEGIN EXECUTE 'ALTER ROLE {OWNER} PASSWORD ''x'''; END $$"
        assert execute(spoiled, connection, text) == []
    with spoiled.connect_owner() as connection:
        assert value(connection, "SELECT 1") == 1


def test_a_login_trigger_that_refuses_everybody_is_an_error_with_a_hint(
    spoiled: ShadowDatabase,
) -> None:
    with spoiled.connect_owner() as connection:
        text = """
            CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE 'no, %', current_user; END $$;
            CREATE EVENT TRIGGER no ON login EXECUTE FUNCTION no();
        """
        assert execute(spoiled, connection, text) == []
    with pytest.raises(ShadowError, match="cannot be entered"):
        spoiled.connect_owner()
    with spoiled.cluster.connect_admin(spoiled.name) as admin:  # ours it does not fire for
        assert value(admin, "SELECT 1") == 1


def test_code_that_a_file_left_does_not_run_in_our_own_connections(spoiled: ShadowDatabase) -> None:
    with spoiled.connect_owner() as connection:
        text = (
            EVIL
            + f"""
            CREATE EVENT TRIGGER a ON ddl_command_start EXECUTE FUNCTION evil();
            CREATE FUNCTION public.quote_ident(text) RETURNS text LANGUAGE plpgsql AS $$
              BEGIN {ESCALATE}; RETURN 'x'; END $$;
            ALTER DATABASE "{spoiled.name}" SET search_path = public, pg_catalog;
            """
        )
        assert execute(spoiled, connection, text) == []
    with spoiled.cluster.connect_admin(spoiled.name) as admin:
        assert value(admin, "SELECT quote_ident('a b')") == '"a b"'
        admin.execute("CREATE TABLE public.ours (a int)")
        admin.execute("DROP TABLE public.ours")
    with spoiled.connect_owner() as connection:
        assert not is_superuser(connection)
