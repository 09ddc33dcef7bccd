"""Everyone gets one row, admins by the list alone, and nobody's row is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.apply.backfills import page
from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.errors import ApplyError, PlanError
from reconcile_pipeline.plan.model import Backfill
from reconcile_pipeline_tests.apply.filling import (
    ADMINS,
    TARGET,
    fill,
    made,
    many,
    roles,
    run,
    users,
)
from reconcile_pipeline_tests.apply.making import plan, sql, value


@pytest.fixture
def world(database: str) -> str:
    """Users with and without confirmed addresses, and an empty table of profiles."""
    users(database)
    return database


def test_everyone_gets_one_and_only_a_confirmed_listed_address_an_admins(
    world: str, tmp_path: Path
) -> None:
    result = run(world, made(world), tmp_path)
    # Ada; Kim, unconfirmed; a look-alike of Kim; Eve, who claims it; one without an address.
    assert roles(world) == ["admin", "viewer", "viewer", "viewer", "viewer"]
    assert value(world, "SELECT name FROM public.user_profiles WHERE id::text LIKE '%4'") == "100%"
    assert result.rows == {TARGET: (5, 0, 0)}
    facts = dict(result.facts)
    assert facts.pop("longest_page_ms") >= 0
    assert facts == {
        "table": TARGET, "source": "auth.users", "source_rows": 5, "target_rows": 5, "missing": 0,
        "inserted": 5, "second_run_inserted": 0, "failed": 0, "failed_rows": [], "pages": 1,
        "groups": {"admin": 1, "viewer": 4}, "admins_found": 1, "admins_unconfirmed": 1,
        "confirmation_checked": True, "pages_that_blocked": 0, "held_back_ms": 0,
    }  # fmt: skip


def test_without_a_confirmation_column_every_address_counts_and_that_is_said(
    world: str, tmp_path: Path
) -> None:
    sql(world, "ALTER TABLE auth.users DROP COLUMN email_confirmed_at")
    result = run(world, made(world), tmp_path)
    assert roles(world) == ["admin", "admin", "viewer", "viewer", "viewer"]
    assert result.facts["confirmation_checked"] is False


def test_the_second_run_does_nothing(world: str, tmp_path: Path) -> None:
    a_plan = made(world)
    run(world, a_plan, tmp_path)
    again = run(world, a_plan, tmp_path)
    assert (again.outcome.value, again.facts["inserted"]) == ("already", 0)
    assert again.rows == {TARGET: (5, 0, 0)}  # what this plan has done in all


def test_a_row_that_is_there_stays_as_it_is(world: str, tmp_path: Path) -> None:
    sql(world, "INSERT INTO public.user_profiles SELECT id, 'viewer', 'by hand' FROM auth.users"
               " WHERE email = 'ada@example.com'")  # fmt: skip
    assert run(world, made(world), tmp_path).rows == {TARGET: (4, 0, 0)}
    assert (
        value(world, "SELECT name FROM public.user_profiles WHERE id::text LIKE '%1'") == "by hand"
    )
    assert roles(world)[0] == "viewer"


def test_no_address_gets_out(world: str, tmp_path: Path) -> None:
    seen: list[Event] = []
    a_plan = made(world)
    result = run(world, a_plan, tmp_path, seen=seen)
    written = [f.read_text("utf-8", "replace") for f in tmp_path.rglob("*") if f.is_file()]
    assert written
    for text in (*written, repr(seen), repr(result), repr(a_plan)):
        assert "example" not in text.lower()


def test_another_list_of_admins_than_the_plans_is_refused(world: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="list of admins"):
        run(world, made(world), tmp_path, [*ADMINS, "eve@example.com"])
    assert roles(world) == []


def test_pages_reach_everyone(world: str, tmp_path: Path) -> None:
    many(world, 95)
    seen: list[Event] = []
    result = run(world, made(world, batch_size=7), tmp_path, seen=seen)
    assert result.rows == {TARGET: (100, 0, 0)}
    assert result.facts["pages"] == 15  # 14 of 7, and one of 2
    counts = [each for each in seen if each.done is not None]
    assert [each.done for each in counts] == [*range(7, 99, 7)]
    assert all(each.total == 100 and each.seconds_left is not None for each in counts)


@pytest.mark.parametrize(
    ("type", "keys", "stored"),
    [
        ("int", "1, 2, 3", True),
        ("bigint", "-9000000000, 0, 9000000000", True),
        ("numeric", "0.1, 0.10000000001, 2", True),
        ("text", "'ä', 'b''', '%s'", False),
        ("timestamptz", "'infinity', '-infinity', now()", False),
    ],
)
def test_any_key_that_can_be_ordered(
    database: str, tmp_path: Path, type: str, keys: str, stored: bool
) -> None:
    sql(
        database,
        f"CREATE TABLE public.source (k {type}, x int)",
        "INSERT INTO public.source SELECT unnest(ARRAY[{}]::{}[]), 1".format(keys, type),  # noqa: UP032
        "INSERT INTO public.source VALUES (NULL, 2)",
        f"CREATE TABLE public.target (key {type} UNIQUE, x int)",
    )
    backfill = Backfill(
        "public.target", "public.source", "key", "k", {"x": "source.x"}, batch_size=1
    )
    a_plan = replace(plan(database), steps=(fill(backfill),))
    result = run(database, a_plan, tmp_path)
    assert result.rows == {"public.target": (3, 0, 0)}
    journal = [r for f in tmp_path.iterdir() for r in read_journal(f) if r.event == "page"]
    assert any(r.facts["last"] for r in journal) is stored


def test_a_query_may_be_the_source(world: str, tmp_path: Path) -> None:
    query = "SELECT id AS who, email FROM auth.users WHERE email LIKE 'a%' ; "
    backfill = Backfill(TARGET, query, "id", "who", {})
    a_plan = replace(plan(world), steps=(fill(backfill),))
    assert run(world, a_plan, tmp_path).facts["source_rows"] == 1


def test_a_table_without_a_unique_key_is_refused(world: str, tmp_path: Path) -> None:
    sql(world, "ALTER TABLE public.user_profiles DROP CONSTRAINT user_profiles_pkey")
    with pytest.raises(ApplyError, match="no unique index"):
        run(world, made(world), tmp_path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"target": "public.nothing"}, "no table public.nothing"),
        ({"source": "public.nothing"}, "no table public.nothing"),
        ({"columns": {"nothing": "1"}}, "no column nothing"),
        ({"source_key": "nothing"}, "no column nothing"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(
    world: str, tmp_path: Path, change: dict[str, Any], text: str
) -> None:
    a_plan = made(world)
    backfill = a_plan.steps[0].backfill
    assert backfill
    other = replace(a_plan, steps=(fill(replace(backfill, **change)),))
    with pytest.raises(ApplyError, match=text):
        run(world, other, tmp_path)


def test_rows_that_policies_hide_fail_it_instead_of_being_forgotten(
    world: str, tmp_path: Path
) -> None:
    sql(
        world,
        "DO $$ BEGIN IF to_regrole('filler') IS NULL THEN CREATE ROLE filler LOGIN; END IF; END $$",
        "GRANT USAGE ON SCHEMA auth TO filler",
        "GRANT ALL ON auth.users, public.user_profiles TO filler",
        "ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY",
    )
    a_plan = made(world)
    with pytest.raises(ApplyError, match="row-level security"):
        run(make_conninfo(world, user="filler"), a_plan, tmp_path)


def test_a_big_table_goes_by_block_and_its_odd_rows_by_key(world: str, tmp_path: Path) -> None:
    many(world, 12_000)
    sql(world, "UPDATE auth.users SET raw_user_meta_data = '{\"name\": \"twice\"}'"
               " WHERE email IN ('u5000@example.org', 'u9000@example.org')")  # fmt: skip
    sql(world, "ANALYZE auth.users")
    a_plan = made(world, batch_size=2_000)
    result = run(world, a_plan, tmp_path)
    assert result.rows == {TARGET: (12_004, 0, 0)}
    assert (result.facts["failed"], result.facts["missing"]) == (1, 1)
    journal = [r for f in tmp_path.iterdir() for r in read_journal(f) if r.event == "page"]
    assert {r.facts["order"] for r in journal} == {"block", "key"}


def test_counts_are_right_where_the_server_cannot_be_told_to_add_them_up(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "FORCED_FLUSH", 990000)  # as before PostgreSQL 15
    many(world, 45)
    sql(world, "UPDATE auth.users SET raw_user_meta_data = '{\"name\": \"twice\"}'"
               " WHERE id::text LIKE '00000000-0000-0000-0000-00000000000_'")  # fmt: skip
    result = run(world, made(world, batch_size=20), tmp_path)
    assert result.rows == {TARGET: (46, 0, 0)}
    assert result.facts["failed"] == 4
