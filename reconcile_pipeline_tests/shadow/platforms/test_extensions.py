"""What migrations do with extensions that the shadow's server does not have."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

import pytest
from psycopg import Connection

from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms import stand_ins
from reconcile_pipeline_tests.shadow.running import execute, value

#: extension -> statements as migrations have them
USES = {
    "uuid-ossp": """
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions;
        CREATE TABLE a (id uuid PRIMARY KEY DEFAULT extensions.uuid_generate_v4());
        INSERT INTO a DEFAULT VALUES;
        INSERT INTO a VALUES (extensions.uuid_generate_v5(extensions.uuid_ns_url(), 'x'));
        SELECT extensions.uuid_generate_v1(), extensions.uuid_generate_v1mc();
    """,
    "pgcrypto": """
        CREATE EXTENSION pgcrypto SCHEMA extensions;
        CREATE TABLE a (secret bytea, hash text, id uuid DEFAULT extensions.gen_random_uuid());
        INSERT INTO a VALUES (extensions.gen_random_bytes(32),
                              extensions.crypt('x', extensions.gen_salt('bf', 8)));
        CREATE INDEX ON a (extensions.digest(hash, 'sha256'));
        SELECT extensions.pgp_sym_encrypt('x', 'key'), extensions.armor('x');
    """,
    "pg_cron": """
        CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;
        GRANT USAGE ON SCHEMA cron TO owner_of_files;
        SELECT cron.schedule('nightly', '0 3 * * *', $$DELETE FROM logs$$);
        SELECT cron.schedule('0 * * * *', 'SELECT 1');
        SELECT cron.alter_job(jobid, active := false) FROM cron.job WHERE jobname = 'nightly';
        SELECT cron.unschedule('nightly');
        DELETE FROM cron.job_run_details WHERE end_time < now() - interval '7 days';
    """,
    "pg_net": """
        CREATE EXTENSION IF NOT EXISTS pg_net WITH SCHEMA extensions;
        CREATE FUNCTION notify() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          PERFORM net.http_post(url := 'https://example.com/hook',
            headers := jsonb_build_object('Content-Type', 'application/json'),
            body := to_jsonb(NEW), timeout_milliseconds := 5000);
          RETURN NEW;
        END $$;
        CREATE TABLE a (id int);
        CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION notify();
        INSERT INTO a VALUES (1);
        SELECT net.http_get('https://example.com'), net.http_delete('https://example.com');
    """,
    "http": """
        CREATE EXTENSION IF NOT EXISTS http WITH SCHEMA extensions;
        SELECT (extensions.http_get('https://example.com')).status;
        SELECT content FROM extensions.http(('POST', 'https://example.com',
          ARRAY[extensions.http_header('a', 'b')], 'text/plain', 'x')::extensions.http_request);
    """,
    "supabase_vault": """
        CREATE SCHEMA IF NOT EXISTS vault;
        CREATE EXTENSION IF NOT EXISTS supabase_vault WITH SCHEMA vault;
        SELECT vault.create_secret('s3cret', 'name', 'what it is for');
        SELECT vault.update_secret((SELECT id FROM vault.secrets), 'other');
        CREATE FUNCTION key() RETURNS text LANGUAGE sql AS
          $$ SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'name' $$;
        SELECT key();
    """,
    "pgsodium": """
        CREATE EXTENSION IF NOT EXISTS pgsodium;
        SELECT id FROM pgsodium.create_key(name := 'a');
        CREATE TABLE a (key_id uuid REFERENCES pgsodium.key (id), nonce bytea DEFAULT
          pgsodium.crypto_aead_det_noncegen());
        SELECT pgsodium.crypto_aead_det_encrypt('x', 'y', (SELECT id FROM pgsodium.valid_key));
    """,
    "pg_graphql": """
        CREATE SCHEMA IF NOT EXISTS graphql;
        CREATE EXTENSION IF NOT EXISTS pg_graphql WITH SCHEMA graphql;
        CREATE TABLE a (id int PRIMARY KEY);
        COMMENT ON TABLE a IS e'@graphql({"totalCount": {"enabled": true}})';
        COMMENT ON SCHEMA public IS e'@graphql({"inflect_names": true})';
        SELECT graphql.resolve('{ aCollection { edges { node { id } } } }');
    """,
    "pgjwt": """
        CREATE EXTENSION pgjwt WITH SCHEMA extensions CASCADE;
        SELECT extensions.sign('{"sub": "1"}', 'key');
        SELECT valid FROM extensions.verify(extensions.sign('{"sub": "1"}', 'key'), 'key');
    """,
    "pgmq": """
        CREATE EXTENSION IF NOT EXISTS pgmq;
        SELECT pgmq.create('jobs');
        SELECT pgmq.send('jobs', '{"a": 1}'), pgmq.send('jobs', '{"a": 2}', 30);
        SELECT * FROM pgmq.read('jobs', 30, 1);
        SELECT pgmq.archive('jobs', 1), pgmq.pop('jobs'), pgmq.delete('jobs', 9::bigint);
        SELECT pgmq.drop_queue('jobs');
        SELECT pgmq.create_unlogged('Other');
        ALTER TABLE pgmq.q_other ENABLE ROW LEVEL SECURITY;
    """,
    "pg_jsonschema": """
        CREATE EXTENSION pg_jsonschema SCHEMA extensions;
        CREATE TABLE a (data json CHECK (extensions.json_matches_schema('{}', data)));
        INSERT INTO a VALUES ('{}');
    """,
    "postgis": """
        CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA extensions;
        CREATE TABLE a (id int, place extensions.geography(Point, 4326) NOT NULL,
          area extensions.geometry(MultiPolygon, 31467), any_shape extensions.geometry);
        CREATE INDEX a_place ON a USING gist (place);
        CREATE INDEX a_area ON a USING gist (area extensions.gist_geometry_ops_2d);
        INSERT INTO a VALUES (1, extensions.st_point(8.5, 47.4)::extensions.geography);
        INSERT INTO a VALUES (2, extensions.st_setsrid(extensions.st_makepoint(1, 2), 4326));
        INSERT INTO a VALUES (3, 'SRID=4326;POINT(1 2)');
        ALTER TABLE a ADD COLUMN far float8 GENERATED ALWAYS AS
          (extensions.st_distance(place, 'POINT(0 0)'::extensions.geography)) STORED;
        CREATE FUNCTION near(lat float8, long float8) RETURNS SETOF a LANGUAGE sql STABLE AS $$
          SELECT * FROM a WHERE extensions.st_dwithin(place, extensions.st_setsrid(
            extensions.st_makepoint(long, lat), 4326)::extensions.geography, 1000)
          ORDER BY place OPERATOR(extensions.<->) 'POINT(1 2)'::extensions.geography
        $$;
        SELECT * FROM near(1, 2);
        SELECT DISTINCT place FROM a ORDER BY place;
        SELECT extensions.st_extent(any_shape), extensions.st_union(area) FROM a;
    """,
    "dblink": "CREATE EXTENSION dblink; CREATE EXTENSION IF NOT EXISTS dblink;",
    "postgres_fdw": """
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'example.com');
        CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (user 'a', password 'b');
        CREATE FOREIGN TABLE far (id int) SERVER other OPTIONS (table_name 'x');
    """,
    "file_fdw": """
        CREATE EXTENSION file_fdw;
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE far (line text) SERVER files OPTIONS (filename '/etc/passwd');
    """,
}


@pytest.mark.parametrize("name", sorted(stand_ins.names()))
def test_migrations_that_use_a_stand_in_run(
    name: str, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    errors = execute(shadow, owner, USES[name])
    assert [str(error) for error in errors] == []
    assert value(owner, "SELECT count(*) FROM pg_extension WHERE extname = %s", name) == 1


@pytest.mark.parametrize("name", sorted(stand_ins.names()))
def test_what_comes_with_a_stand_in_is_no_object_of_the_users(
    name: str, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    before = shadow.read(owner)
    assert execute(shadow, owner, f'CREATE EXTENSION "{name}" CASCADE') == []
    now = shadow.read(owner)
    new = {
        f"{kind} {identity}"
        for kind, rows in now.kinds.items()
        for identity in rows.objects.keys() - before.kinds[kind].objects.keys()
    }
    own = {"cron", "net", "vault", "pgsodium", "graphql", "pgmq"}
    expected = {f"extension {name}"} | ({"extension pgcrypto"} if name == "pgjwt" else set())
    assert {n for n in new if n.removeprefix("schema ") not in own} == expected


@pytest.mark.parametrize("name", ["uuid-ossp", "pgcrypto"])
def test_a_stand_in_moves_to_another_schema(
    name: str, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = (
        f'CREATE EXTENSION "{name}" SCHEMA public; ALTER EXTENSION "{name}" SET SCHEMA extensions'
    )
    assert execute(shadow, owner, text) == []
    if name == "pgcrypto":
        assert value(owner, "SELECT extensions.digest('a'::text, 'md5')") is not None


def test_hashes_and_named_uuids_are_those_of_the_real_extensions(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    execute(shadow, owner, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION "uuid-ossp"')
    for length in (0, 3, 55, 56, 63, 64, 65, 119, 120, 1000):
        text = "a" * length
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
            assert (
                value(owner, f"SELECT digest('{text}', '{name}')")
                == hashlib.new(name, text.encode()).digest()
            )
            assert (
                value(owner, f"SELECT hmac('message', '{text}', '{name}')")
                == hmac.new(text.encode(), b"message", name).digest()
            )
    assert value(owner, "SELECT uuid_generate_v5(uuid_ns_dns(), 'example.com')") == uuid.uuid5(
        uuid.NAMESPACE_DNS, "example.com"
    )
    assert value(owner, "SELECT uuid_generate_v3(uuid_ns_url(), 'example.com')") == uuid.uuid3(
        uuid.NAMESPACE_URL, "example.com"
    )


def test_passwords_are_checked_and_ciphers_undone(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    execute(shadow, owner, "CREATE EXTENSION pgcrypto")
    for salt in ("bf", "md5", "des", "xdes"):
        owner.execute("SELECT set_config('a.hash', crypt('right', gen_salt(%s)), true)", (salt,))
        same = "SELECT crypt('{}', current_setting('a.hash')) = current_setting('a.hash')"
        assert value(owner, same.format("right")) is True
        assert value(owner, same.format("wrong")) is False
    assert value(owner, "SELECT pgp_sym_decrypt(pgp_sym_encrypt('täxt', 'k'), 'k')") == "täxt"
    assert value(owner, "SELECT decrypt(encrypt('abc', 'k', 'aes'), 'k', 'aes')") == b"abc"
    assert value(owner, "SELECT dearmor(armor('abc'))") == b"abc"


def test_a_secret_of_the_vault_is_nowhere_in_the_shadow(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = "CREATE EXTENSION supabase_vault; SELECT vault.create_secret('s3cret-words', 'name')"
    assert execute(shadow, owner, text) == []
    row = value(owner, "SELECT to_jsonb(s)::text FROM vault.decrypted_secrets s")
    assert "name" in row and "s3cret" not in row


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("geometry(point,4326)", "geometry(Point,4326)"),
        ("geometry(Point)", "geometry(Point)"),
        ("geometry(multipolygonz,31467)", "geometry(MultiPolygonZ,31467)"),
        ("geometry(GEOMETRY)", "geometry(Geometry)"),
        ("geometry(linestringm, 0)", "geometry(LineStringM)"),
        ("geography(Point)", "geography(Point,4326)"),
        ("geography(GeometryCollection,4326)[]", "geography(GeometryCollection,4326)[]"),
        ("geometry", "geometry"),
    ],
)
def test_geometry_columns_keep_their_type_and_srid(
    written: str, shown: str, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    text = f"CREATE EXTENSION postgis SCHEMA public; CREATE TABLE a (place {written})"
    assert execute(shadow, owner, text) == []
    query = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'place'"
    assert value(owner, query) == shown


def test_a_geometry_of_no_known_kind_is_an_error(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    (error,) = execute(shadow, owner, "CREATE EXTENSION postgis; CREATE TABLE a (b geometry(Foo))")
    assert "Invalid geometry type modifier" in str(error)


def test_a_geometry_index_holds_many_rows(shadow: ShadowDatabase, owner: Connection[Any]) -> None:
    errors = execute(
        shadow,
        owner,
        """CREATE EXTENSION postgis SCHEMA public;
        CREATE TABLE a (p geometry(Point,4326));
        CREATE INDEX ON a USING gist (p);
        INSERT INTO a SELECT st_makepoint(i, i % 7) FROM generate_series(1, 3000) i;
        SET LOCAL enable_seqscan = off;
        SELECT count(*) FROM a WHERE p && 'POINT(1 2)';
        DELETE FROM a""",
    )
    assert [str(error) for error in errors] == []


def test_foreign_tables_can_be_made_but_not_asked(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    for name in ("postgres_fdw", "file_fdw"):
        assert execute(shadow, owner, USES[name]) == []
        (error,) = execute(shadow, owner, "SELECT * FROM far")
        assert "fdw_handler" in str(error)
        assert execute(shadow, owner, "DROP FOREIGN TABLE far") == []
