"""A backfill that something comes between: a kill, sign-ups, a change, rows that move."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconcile_pipeline.apply.backfills.backfill import run_backfill
from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline_tests.apply.filling import ADMINS, TARGET, made, many, roles, run, users
from reconcile_pipeline_tests.apply.making import context, sql


@pytest.fixture
def world(database: str) -> str:
    """Users with and without confirmed addresses, and an empty table of profiles."""
    users(database)
    return database


def test_a_killed_run_goes_on_where_it_stopped(world: str, tmp_path: Path) -> None:
    many(world, 95)
    a_plan = made(world, batch_size=10)

    class Killed(BaseException):
        pass

    def die(event: Event) -> None:
        if event.done == 30:
            raise Killed

    with pytest.raises(Killed), context(world, a_plan, tmp_path) as at:
        at.progress = die
        run_backfill(at, a_plan.steps[0], ADMINS)
    assert len(roles(world)) == 30
    result = run(world, a_plan, tmp_path)
    assert (result.facts["inserted"], result.facts["pages"]) == (70, 8)
    assert result.rows == {TARGET: (100, 0, 0)}


def test_a_page_that_was_written_down_but_never_committed_is_done_again(
    world: str, tmp_path: Path
) -> None:
    a_plan = made(world, batch_size=2)

    class Killed(BaseException):
        pass

    with pytest.raises(Killed), context(world, a_plan, tmp_path) as at:
        write = at.journal.write

        def dies(event: str, step: str = "", **facts: Any) -> Any:
            written = write(event, step, **facts)
            if event == "page":
                raise Killed
            return written

        at.journal.write = dies  # type: ignore[method-assign]
        run_backfill(at, a_plan.steps[0], ADMINS)
    assert roles(world) == []
    assert run(world, a_plan, tmp_path).rows == {TARGET: (5, 0, 0)}


def test_signups_meanwhile_neither_fail_nor_are_filled_twice(world: str, tmp_path: Path) -> None:
    many(world, 400)
    sql(
        world,
        "CREATE FUNCTION public.signup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO public.user_profiles (id) VALUES (NEW.id) ON CONFLICT DO NOTHING;"
        " RETURN NEW; END $$",
        "CREATE TRIGGER signup AFTER INSERT ON auth.users"
        " FOR EACH ROW EXECUTE FUNCTION public.signup()",
    )
    stop, errors, made_users = threading.Event(), [], []

    def sign_up() -> None:
        try:
            with psycopg.connect(world, autocommit=True) as connection:
                while not stop.is_set():
                    connection.execute("INSERT INTO auth.users (id) VALUES (gen_random_uuid())")
                    made_users.append(1)
        except psycopg.Error as error:
            errors.append(error)

    a_plan = made(world, batch_size=20)
    thread = threading.Thread(target=sign_up)
    thread.start()
    try:
        result = run(world, a_plan, tmp_path)
    finally:
        stop.set()
        thread.join()
    assert not errors
    assert made_users
    assert result.rows == {TARGET: (405, 0, 0)}
    assert len(roles(world)) == 405 + len(made_users)


def test_a_change_of_the_schema_meanwhile_is_noticed(world: str, tmp_path: Path) -> None:
    many(world, 40)
    a_plan = made(world, batch_size=10)

    def meddle(event: Event) -> None:
        if event.done == 20:
            sql(world, "CREATE TABLE public.by_hand ()")

    def run_it(at: Context) -> None:
        at.progress = meddle
        run_backfill(at, a_plan.steps[0], ADMINS)

    with context(world, a_plan, tmp_path) as at, pytest.raises(PlanError, match="kept") as caught:
        run_it(at)
    assert "Another session" in str(caught.value)


def test_a_row_that_moves_meanwhile_is_not_forgotten(world: str, tmp_path: Path) -> None:
    many(world, 12_000)
    sql(world, "ANALYZE auth.users")
    a_plan = made(world, batch_size=2_000)

    def move(event: Event) -> None:
        if event.done and event.done < 5_000:  # into the space that this very statement frees
            sql(
                world,
                "UPDATE auth.users SET email = email || 'x' WHERE ctid >= '(0,0)'",
                "VACUUM auth.users",
                "UPDATE auth.users SET email = email || 'x' WHERE ctid > '(200,0)'",
            )

    with context(world, a_plan, tmp_path) as at:
        at.progress = move
        result = run_backfill(at, a_plan.steps[0], ADMINS)
    assert result.rows == {TARGET: (12_005, 0, 0)}
    assert result.facts["missing"] == 0
