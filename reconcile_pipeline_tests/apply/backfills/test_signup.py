"""A signup is tried for real, and leaves nothing behind."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.backfills.signup import SignupProof, try_signup
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.plan.model import Backfill, RoleRule
from reconcile_pipeline_tests.apply.making import sql, value

RULE = RoleRule("role", "admin", "viewer", 0, "")
FILL = Backfill("public.user_profiles", "auth.users", "id", "id", {}, RULE)
DEFINER = "SECURITY DEFINER SET search_path = ''"


@pytest.fixture
def world(database: str) -> str:
    sql(
        database,
        "DO $$ BEGIN IF to_regrole('supabase_auth_admin') IS NULL THEN"
        " CREATE ROLE supabase_auth_admin; END IF;"
        " IF to_regrole('plain') IS NULL THEN CREATE ROLE plain LOGIN; END IF; END $$",
        "CREATE SCHEMA auth",
        "GRANT USAGE ON SCHEMA auth TO supabase_auth_admin, plain",
        "CREATE TYPE auth.level AS ENUM ('one', 'two')",
        "CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255) UNIQUE,"
        " raw_user_meta_data jsonb, aud text NOT NULL, level auth.level NOT NULL,"
        " number int NOT NULL, at timestamptz NOT NULL, tags text[] NOT NULL, flag bool NOT NULL,"
        " made timestamptz NOT NULL DEFAULT now(),"
        " low text GENERATED ALWAYS AS (lower(aud)) STORED,"
        " n bigint GENERATED ALWAYS AS IDENTITY)",
        "GRANT ALL ON auth.users TO supabase_auth_admin, plain",
        "CREATE TABLE public.user_profiles (id uuid PRIMARY KEY REFERENCES auth.users,"
        " role text NOT NULL DEFAULT 'viewer')",
    )
    return database


def trigger(dsn: str, body: str, security: str = DEFINER) -> None:
    sql(
        dsn,
        f"CREATE FUNCTION public.made() RETURNS trigger LANGUAGE plpgsql {security} AS"
        f" $$ BEGIN {body} RETURN NEW; END $$",
        "CREATE TRIGGER made AFTER INSERT ON auth.users"
        " FOR EACH ROW EXECUTE FUNCTION public.made()",
    )


def proof(dsn: str) -> SignupProof:
    with connect_to_write(dsn) as connection:
        found = try_signup(connection, FILL)
    assert value(dsn, "SELECT count(*) FROM auth.users") == 0
    assert value(dsn, "SELECT count(*) FROM public.user_profiles") == 0
    return found


def test_a_good_trigger_passes(world: str) -> None:
    trigger(world, "INSERT INTO public.user_profiles (id) VALUES (NEW.id);")
    assert proof(world) == SignupProof(True, True, "supabase_auth_admin", True, "viewer", "viewer")


@pytest.mark.parametrize(
    ("body", "security", "reason"),
    [
        ("", DEFINER, "gets no profile"),
        ("INSERT INTO public.user_profiles (id, role) VALUES (NEW.id, 'admin');", DEFINER,
         "a new user gets the role admin"),
        ("INSERT INTO public.user_profiles VALUES (NEW.id,"
         " coalesce(NEW.raw_user_meta_data ->> 'role', 'viewer'));", DEFINER,
         "claims to be an admin gets the role admin"),
        ("INSERT INTO public.user_profiles (id) VALUES (NEW.id);", "", "permission denied"),
        ("RAISE EXCEPTION 'no';", DEFINER, "no (SQLSTATE P0001)"),
        ("INSERT INTO user_profiles (id) VALUES (NEW.id);", DEFINER, "SQLSTATE 42P01"),
    ],
)  # fmt: skip
def test_a_bad_trigger_does_not(world: str, body: str, security: str, reason: str) -> None:
    trigger(world, body, security)
    found = proof(world)
    assert not found.ok
    assert reason in found.reason


def test_an_owner_who_may_not_act_as_the_auth_service_tries_it_himself(world: str) -> None:
    sql(world, "GRANT ALL ON public.user_profiles TO plain")
    trigger(world, "INSERT INTO public.user_profiles (id) VALUES (NEW.id);")
    with connect_to_write(make_conninfo(world, user="plain")) as connection:
        found = try_signup(connection, FILL)
    assert (found.ok, found.ran_as) == (True, "plain")


def test_what_cannot_be_tried_is_said(world: str) -> None:
    sql(world, "DROP TABLE public.user_profiles")
    with connect_to_write(world) as connection:
        found = try_signup(connection, FILL)
    assert (found.ok, found.tried) == (False, False)
    assert "public.user_profiles" in found.reason
