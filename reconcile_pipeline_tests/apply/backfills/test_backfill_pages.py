"""What a page meets: rows that cannot be filled, triggers, sessions that wait, rows of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.apply.backfills.backfill import run_backfill
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline_tests.apply.filling import ADMINS, TARGET, made, many, roles, run, users
from reconcile_pipeline_tests.apply.making import context, sql, value


@pytest.fixture
def world(database: str) -> str:
    """Users with and without confirmed addresses, and an empty table of profiles."""
    users(database)
    return database


def test_a_row_that_cannot_be_filled_stops_only_itself(world: str, tmp_path: Path) -> None:
    many(world, 95)
    sql(world, "UPDATE auth.users SET raw_user_meta_data = '{\"name\": \"twice\"}'"
               " WHERE id::text LIKE '00000000-0000-0000-0000-00000000000_'")  # fmt: skip
    a_plan = made(world, batch_size=20)
    result = run(world, a_plan, tmp_path)
    assert result.rows == {TARGET: (96, 0, 0)}
    assert (result.facts["failed"], result.facts["missing"]) == (4, 4)
    assert result.facts["second_run_inserted"] is None
    assert result.facts["failed_rows"][0] == {
        "key": "00000000-0000-0000-0000-000000000002",
        "sqlstate": "23505",
        "constraint": "user_profiles_name_key",
    }
    assert result.detail == "4 rows could not be filled"
    sql(world, "UPDATE auth.users SET raw_user_meta_data = NULL")
    again = run(world, a_plan, tmp_path)
    assert (again.facts["inserted"], again.facts["missing"]) == (4, 0)
    assert again.rows == {TARGET: (100, 0, 0)}


@pytest.mark.parametrize("code", ["PT403", "U0001", "P0001", "22012"])
def test_a_row_that_a_trigger_refuses_with_any_code_stops_only_itself(
    world: str, tmp_path: Path, code: str
) -> None:
    sql(
        world,
        "CREATE FUNCTION public.refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.id::text LIKE '%3' THEN RAISE 'not ada@example.com' USING ERRCODE = '{code}';"
        " END IF; RETURN NEW; END $$",
        "CREATE TRIGGER refuses BEFORE INSERT ON public.user_profiles"
        " FOR EACH ROW EXECUTE FUNCTION public.refuses()",
    )
    result = run(world, made(world, batch_size=2), tmp_path)
    assert (result.facts["inserted"], result.facts["failed"]) == (4, 1)
    assert result.facts["failed_rows"] == [
        {"key": "00000000-0000-0000-0000-000000000003", "sqlstate": code, "constraint": ""}
    ]


def test_pages_that_make_others_wait_become_smaller_and_give_way(
    world: str, tmp_path: Path
) -> None:
    many(world, 95)
    a_plan = made(world, batch_size=16)
    sizes: list[int] = []
    with context(world, a_plan, tmp_path) as at:
        at.waiters = lambda: min(len(sizes), 3)  # somebody waits for each of the first three
        at.progress = lambda event: sizes.append(event.done or 0) if event.done else None
        result = run_backfill(at, a_plan.steps[0], ADMINS)
    pages = [later - earlier for earlier, later in zip([0, *sizes], sizes, strict=False)]
    assert pages[:4] == [16, 16, 8, 4]
    assert (result.facts["pages_that_blocked"], result.facts["missing"]) == (3, 0)
    assert result.facts["held_back_ms"] > 0


def test_what_a_trigger_does_besides_is_refused_unless_announced(
    world: str, tmp_path: Path
) -> None:
    sql(
        world,
        "CREATE TABLE public.log (id uuid)",
        "CREATE FUNCTION public.logs() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.log VALUES (NEW.id); RETURN NEW; END $$",
        "CREATE TRIGGER logs AFTER INSERT ON public.user_profiles"
        " FOR EACH ROW EXECUTE FUNCTION public.logs()",
    )
    a_plan = made(world)
    with pytest.raises(ApplyError, match="inserts 5 rows"):
        run(world, a_plan, tmp_path)
    assert roles(world) == []
    rows = {TARGET: (None, 0, 0), "public.log": (None, 0, 0)}
    announced = replace(a_plan, steps=(replace(a_plan.steps[0], rows=rows),))
    assert run(world, announced, tmp_path).rows == {TARGET: (5, 0, 0), "public.log": (5, 0, 0)}


def test_a_trigger_that_truncates_is_refused(world: str, tmp_path: Path) -> None:
    sql(
        world,
        "CREATE TABLE public.victim AS SELECT 1 AS x",
        "CREATE FUNCTION public.wipes() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN TRUNCATE public.victim; RETURN NULL; END $$",
        "CREATE TRIGGER wipes AFTER INSERT ON public.user_profiles"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.wipes()",
    )
    with pytest.raises(ApplyError, match=r"locks public\.victim"):
        run(world, made(world), tmp_path)
    assert value(world, "SELECT count(*) FROM public.victim") == 1


def test_a_page_that_trusted_that_nothing_was_there_is_done_again_with_care(
    world: str, tmp_path: Path
) -> None:
    many(world, 12_000)
    sql(world, "ANALYZE auth.users",
        "INSERT INTO public.user_profiles SELECT id, 'viewer', 'mine ' || email FROM auth.users"
        " WHERE email IN ('u4000@example.org', 'u8000@example.org')")  # fmt: skip
    result = run(world, made(world, batch_size=2_000), tmp_path)
    assert result.rows == {TARGET: (12_003, 0, 0)}
    assert (result.facts["failed"], result.facts["missing"]) == (0, 0)
    assert value(world, "SELECT count(*) FROM public.user_profiles WHERE name LIKE 'mine%'") == 2


def test_rows_at_random_keys_go_in_along_the_key(world: str, tmp_path: Path) -> None:
    # In the order of the source's file each row meant another leaf of both indexes.
    many(world, 12_000)
    sql(world, "UPDATE auth.users SET id = gen_random_uuid()", "VACUUM FULL ANALYZE auth.users")
    run(world, made(world, batch_size=3_000), tmp_path)
    back = (
        "SELECT count(*) FROM (SELECT id < lag(id) OVER (PARTITION BY xmin::text ORDER BY ctid)"
        " AS back FROM public.user_profiles) AS rows WHERE back"
    )
    assert value(world, "SELECT count(DISTINCT xmin::text) > 2 FROM public.user_profiles") is True
    assert value(world, back) == 0
