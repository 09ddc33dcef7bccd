"""A step does nothing that it did not announce, and cannot hide what it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconcile_pipeline.apply.journal import read_journal
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline_tests.apply.making import sql, step, value
from reconcile_pipeline_tests.apply.stepping import MAKE, run, tables


@pytest.fixture
def world(database: str) -> str:
    """Two tables with rows, one pointing at the other, and a partitioned one."""
    tables(database)
    return database


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM public.child WHERE id = 1", "deletes 1 rows of public.child"),
        ("DELETE FROM public.parent WHERE id = 1", "deletes 1 rows of public"),  # cascades
        ("TRUNCATE public.child", "truncates or rewrites public.child"),
        ("TRUNCATE public.parent CASCADE", "truncates or rewrites public"),
        ("UPDATE public.parent SET note = 'y' WHERE id < 3", "updates 2 rows of public.parent"),
        ("INSERT INTO public.parent VALUES (9)", "inserts 1 rows of public.parent"),
        ("DROP TABLE public.child", "drops public.child"),
        ("ALTER TABLE public.parent DROP COLUMN note", "drops public.parent.note"),
        ("ALTER TABLE public.parent ALTER note TYPE int USING NULL", "truncates or rewrites"),
        ("DO $$ BEGIN DELETE FROM public.child; END $$", "deletes 5 rows of public.child"),
        ("INSERT INTO public.parted VALUES (1)", "inserts 1 rows of public.part_1"),
        ("CREATE TABLE public.copied AS SELECT * FROM public.parent", "inserts 5 rows"),
    ],
)
def test_what_was_not_announced_is_rolled_back(
    world: str, tmp_path: Path, statement: str, what: str
) -> None:
    before = sql(world, "SELECT * FROM public.parent, public.child ORDER BY 1, 3")
    with pytest.raises(ApplyError, match=what):
        run(world, tmp_path, step("1", statement))
    assert sql(world, "SELECT * FROM public.parent, public.child ORDER BY 1, 3") == before
    assert not any(r.event == "committing" for f in tmp_path.iterdir() for r in read_journal(f))


@pytest.mark.parametrize(
    ("statement", "announced"),
    [
        ("DELETE FROM public.child WHERE id = 1", {"rows": {"public.child": (0, 0, 1)}}),
        ("TRUNCATE public.child", {"rows": {"public.child": (0, 0, None)}}),
        ("DROP TABLE public.child", {"rows": {"public.child": (0, 0, None)}}),
        ("ALTER TABLE public.parent DROP COLUMN note",
         {"rows": {"public.parent.note": (0, 0, None)}}),
        ("ALTER TABLE public.parent ALTER note TYPE int USING NULL",
         {"rewrites": ("public.parent",)}),
        ("INSERT INTO public.parted VALUES (1)", {"rows": {"public.parted": (1, 0, 0)}}),
    ],
)  # fmt: skip
def test_what_was_announced_is_done(
    world: str, tmp_path: Path, statement: str, announced: dict[str, object]
) -> None:
    assert run(world, tmp_path, step("1", statement, **announced))[0][0] == "done"


def test_a_rewrite_that_also_empties_the_table_is_rolled_back(world: str, tmp_path: Path) -> None:
    sneaky = step(
        "1", "ALTER TABLE public.child ALTER id TYPE bigint", "TRUNCATE public.child",
        rewrites=("public.child",),
    )  # fmt: skip
    with pytest.raises(ApplyError, match="leaves 0 rows"):
        run(world, tmp_path, sneaky)
    assert value(world, "SELECT count(*) FROM public.child") == 5


def test_rows_that_a_deferred_trigger_deletes_are_counted(world: str, tmp_path: Path) -> None:
    sql(
        world,
        "CREATE FUNCTION public.wipe() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN DELETE FROM public.child; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.parent"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.wipe()",
    )
    add = step("1", "INSERT INTO public.parent VALUES (9)", rows={"public.parent": (1, 0, 0)})
    with pytest.raises(ApplyError, match="deletes 5 rows"):
        run(world, tmp_path, add)
    assert value(world, "SELECT count(*) FROM public.child") == 5


def test_counts_of_one_transaction_do_not_spill_into_the_next(world: str, tmp_path: Path) -> None:
    first = step("1", "DELETE FROM public.child WHERE id = 1", rows={"public.child": (0, 0, 1)})
    assert run(world, tmp_path, first, replace(MAKE, id="2"))[1] == ("done", {})


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT", "  /* x */ commit", "ROLLBACK", "BEGIN", "SAVEPOINT x", "END",
        "; COMMIT", "DISCARD ALL",
        "SELECT 1; COMMIT; DELETE FROM public.child",
        "PREPARE TRANSACTION 'x'",
        "DO $$ BEGIN DELETE FROM public.child; COMMIT; END $$",
    ],
)  # fmt: skip
def test_no_statement_ends_our_transaction(world: str, tmp_path: Path, statement: str) -> None:
    with pytest.raises(ApplyError):
        run(world, tmp_path, step("1", "DELETE FROM public.child WHERE id = 1", statement))
    assert value(world, "SELECT count(*) FROM public.child") == 5
