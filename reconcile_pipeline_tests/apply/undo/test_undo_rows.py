"""Rows that a run added to tables that were there, and what has no way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline_tests.apply.making import sql, step
from reconcile_pipeline_tests.apply.undoing import undo, way_back
from reconcile_pipeline_tests.apply.world import PROFILES, build, make_plan, request


def test_rows_added_to_a_table_that_was_there_go_again_and_changed_ones_stay(
    database: str, root: Path, tmp_path: Path
) -> None:
    build(database, root)
    sql(database, f"CREATE TABLE {PROFILES} (id uuid PRIMARY KEY, role text)",
        "INSERT INTO public.user_profiles SELECT id, 'mine' FROM auth.users LIMIT 4")  # fmt: skip
    plan = make_plan(database, root)
    fill = tuple(each for each in plan.steps if each.id == "fill")
    asked = request(database, root, replace(plan, steps=fill, files=(), record=()))
    apply_plan(asked)
    sql(database, "UPDATE public.user_profiles SET role = 'editor' WHERE id::text LIKE '%9'")
    back = way_back(asked)
    (warning,) = back.warnings
    assert "added 26 rows" in warning
    undo(asked, back, tmp_path)
    left = sql(database, "SELECT role, count(*) FROM public.user_profiles GROUP BY 1 ORDER BY 1")
    assert left == [("editor", 3), ("mine", 4)]


def test_what_has_a_percent_sign_in_its_name_could_not_be_taken_back(
    database: str, root: Path, tmp_path: Path
) -> None:
    build(database, root)
    sql(database, 'CREATE TABLE public."a%sb" (id int)')
    adds = step(
        "add", 'ALTER TABLE public."a%sb" ADD "more %" int', 'CREATE TABLE public."%(x)s" (id int)',
        undo=('ALTER TABLE public."a%sb" DROP "more %"', 'DROP TABLE public."%(x)s"'),
    )  # fmt: skip
    plan = replace(make_plan(database, root), steps=(adds,), files=(), record=())
    asked = request(database, root, plan)
    apply_plan(asked)
    undo(asked, way_back(asked), tmp_path)
    assert sql(database, "SELECT to_regclass('public.\"%(x)s\"') IS NULL") == [(True,)]


ADDS = ("ALTER TABLE public.clients ADD note text",)


@pytest.mark.parametrize(
    ("statements", "undo_sql", "since", "why"),
    [
        (ADDS, ("ALTER TABLE public.clients DROP note",),
         "UPDATE public.clients SET note = 'x' WHERE id = 1", "with a value in note"),
        (ADDS, (), "SELECT 1", "has no way back"),
        (("UPDATE public.clients SET id = id + 100",), ("SELECT 1",), "SELECT 1",
         "changed or deleted rows"),
        (("ALTER TABLE public.clients DROP id",), ("SELECT 1",), "SELECT 1", "it dropped"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_without_a_loss_is_refused(
    database: str, root: Path, statements: tuple[str, ...], undo_sql: tuple[str, ...], since: str,
    why: str,
) -> None:  # fmt: skip
    build(database, root)
    anything = {"public.clients": (None, None, None), "public.clients.id": (0, 0, None)}
    only = step("change", *statements, undo=undo_sql, rows=anything)
    asked = request(
        database, root, replace(make_plan(database, root), steps=(only,), files=(), record=())
    )
    apply_plan(asked)
    sql(database, since)
    with pytest.raises(PlanError, match=why):
        way_back(asked)


def test_a_type_that_was_made_wider_could_not_be_taken_back(
    database: str, root: Path, tmp_path: Path
) -> None:
    # Nothing is written anew on the way there, and the whole table on the way back.
    build(database, root)
    sql(database, "ALTER TABLE public.clients ADD note varchar(9) DEFAULT 'short'")
    wider = "ALTER TABLE public.clients ALTER note TYPE text"
    back = "ALTER TABLE public.clients ALTER note TYPE varchar(9)"
    only = step("wider", wider, undo=(back,))
    asked = request(
        database, root, replace(make_plan(database, root), steps=(only,), files=(), record=())
    )
    apply_plan(asked)
    undone = way_back(asked)
    assert undone.steps[0].rewrites == ("public.clients",)
    undo(asked, undone, tmp_path)
    assert sql(database, "SELECT count(*) FROM public.clients WHERE note = 'short'") == [(5,)]
