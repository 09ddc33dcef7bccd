"""Replays with a column of another type than its file gives it."""

# ruff: noqa: E501  SQL reads better on one line

from __future__ import annotations

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Replay
from reconcile_pipeline.shadow.replaying.another_type import anew, in_place, next_to_run
from reconcile_pipeline_tests.shadow.replays import directory, replayer

TEXTS = [
    "CREATE TABLE makers (id uuid PRIMARY KEY); CREATE TABLE things (id int PRIMARY KEY);",
    'BEGIN; ALTER TABLE things ADD COLUMN "Maker" uuid DEFAULT gen_random_uuid() REFERENCES makers; COMMIT;',
    'BEGIN; VACUUM things; CREATE INDEX of_maker ON things ("Maker");'
    'CREATE POLICY made ON things USING (EXISTS (SELECT 1 FROM makers m WHERE m.id = "Maker")); COMMIT;',
    "CREATE TABLE others (id int);",
]
COLUMN = ObjectId(Kind.COLUMN, "public.things.Maker")


def _type(replay: Replay) -> object:
    there = replay.end.get(COLUMN)
    return there.facets["type"] if there else None


def test_a_replay_with_another_type_is_tried_once(spoiled: ShadowDatabase) -> None:
    sql = anew(("public", "things"), "Maker", "character varying(77)")
    with replayer(spoiled, TEXTS) as made:
        before = made.run(lambda file, index: True)
        tried = made.tried({(2, 2): (sql,)}, lambda file, index: True)
        after = made.run(lambda file, index: True)
        assert made.missed == ()
    assert [_type(replay) for replay in (before, tried, after)] == [
        "uuid", "character varying(77)", "uuid",
    ]  # fmt: skip
    (refused,) = [run for run in tried.runs if run.error]
    assert (refused.file, refused.index, refused.sqlstate) == (2, 3, "42883")
    assert after == before


def test_in_place_what_is_upon_the_column_stays(spoiled: ShadowDatabase) -> None:
    sql = in_place(("public", "things"), "Maker", "character varying(77)")
    with replayer(spoiled, TEXTS) as made:
        tried = made.tried({(2, 2): (sql,)}, lambda file, index: True)
    assert _type(tried) == "uuid"
    assert not any(run.error for run in tried.runs)


def test_it_is_given_before_the_next_statement_that_a_replay_runs() -> None:
    files = directory(TEXTS)
    ran = {(number, s.index): True for number, f in enumerate(files) for s in f.statements}
    assert next_to_run(files, ran, (1, 1)) == (2, 2)
    assert next_to_run(files, ran | {(2, 2): False}, (1, 1)) == (2, 3)
    assert next_to_run(files, ran, (3, 0)) is None
