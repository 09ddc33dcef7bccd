"""A step's conditions: what they ask for."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.apply.conditions import unmet
from reconcile_pipeline.attribution.model import EffectVerdict, Verdict
from reconcile_pipeline.catalog.model import Change, Kind
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.plan.conditions import all_there, question, versions


def effect(change: Change, identity: str = "public.people.note") -> EffectVerdict:
    return EffectVerdict("column", identity, change, Verdict.ABSENT)


def test_a_column_that_is_made_and_then_commented_on_was_not_asked_for() -> None:
    asked = all_there([effect(Change.CREATED), effect(Change.ALTERED)])
    assert asked is not None
    assert asked.text == "column public.people.note is there"


def test_what_comes_and_goes_is_gone() -> None:
    asked = all_there([effect(Change.CREATED), effect(Change.ALTERED), effect(Change.DROPPED)])
    assert asked is not None
    assert asked.text == "column public.people.note is gone"


def test_an_alteration_alone_says_nothing_of_being_there() -> None:
    assert all_there([effect(Change.ALTERED)]) is None


def test_an_overload_passed_for_the_function_itself(database: str) -> None:
    made = (
        "CREATE SCHEMA \"My app\"; CREATE TYPE \"My app\".\"Colour\" AS ENUM ('red');"
        "CREATE DOMAIN public.name AS text;"
        + "".join(
            f"CREATE FUNCTION public.paint({types}) RETURNS int LANGUAGE sql AS 'SELECT 1';"
            for types in (
                "", "int", 'int, "My app"."Colour"', '"My app"."Colour"[]', "public.name",
                'VARIADIC text[]', 'a timestamptz, OUT b int', '"char", numeric(8, 2)',
                "public.name[]",
            )
        )
        + 'CREATE PROCEDURE "My app".paint(a "My app"."Colour") LANGUAGE sql AS \'\';'
        "CREATE AGGREGATE public.most(text) (SFUNC = textcat, STYPE = text);"
    )  # fmt: skip
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(made)
        kinds = read(connection).kinds
        for path in ("public", '"My app", public', "pg_catalog"):
            connection.execute(f"SET search_path TO {path}")
            for kind in (Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE):
                for identity in kinds[kind].objects:
                    for asked, there in (
                        (identity, True),
                        (identity.replace("(", "(uuid,", 1), False),
                        (identity.replace("paint(", "paint_(").replace("most(", "most_("), False),
                    ):
                        row = connection.execute(
                            f"SELECT {question(kind, asked)[1]}".encode()
                        ).fetchone()
                        assert row == (there,), (path, asked)


def test_one_version_are_recorded() -> None:
    asked = versions("h", ["008"], ["003", "004"])
    assert asked is not None
    assert asked.text == "008 is recorded; 003, 004 are not recorded"


def test_all_of_a_condition_was_told_where_a_part_of_it_does_not_hold(database: str) -> None:
    columns = [effect(Change.CREATED, f"public.people.{name}") for name in "abcdef"]
    asked = all_there(columns)
    assert asked is not None and asked.text.endswith("(and 3 more)")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.people (a int, b int, d int, f int)")
        with connection.transaction():
            assert unmet(connection, asked) == (
                "column public.people.c is there; column public.people.e is there"
            )
