"""Rows that statements write: whose they are, and what of them is kept."""

from __future__ import annotations

import json

from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline_tests.shadow.replays import replayer


def test_a_huge_row_is_no_evidence(spoiled: ShadowDatabase) -> None:
    files = ["CREATE TABLE r (x text); INSERT INTO r SELECT string_agg(md5(i::text), '')"
             " FROM generate_series(1, 100000) i; INSERT INTO r VALUES ('small');"]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
    assert [len(change.rows) for r in done.runs for change in r.rows] == [0, 1]


def test_rows_that_cannot_be_read_stop_nothing(spoiled: ShadowDatabase) -> None:
    files = [
        "CREATE TYPE odd AS (x int); CREATE FUNCTION odd_json(odd) RETURNS json LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'no'; END $$; CREATE CAST (odd AS json) WITH FUNCTION odd_json(odd);"
        "CREATE TABLE o (v odd); INSERT INTO o VALUES (ROW(1)); CREATE TABLE after (id int);"
    ]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
    assert done.runs[-2].rows[0].inserted == 1
    assert {r.outcome for r in done.runs} == {Outcome.RAN}


def test_counters_of_an_earlier_file_are_nobody_s_rows(spoiled: ShadowDatabase) -> None:
    files = ["CREATE TABLE n (id int); INSERT INTO n VALUES (1);", "SELECT count(*) FROM n;"]
    with replayer(spoiled, files) as made:
        assert made.run(lambda file, index: True).runs[-1].rows == ()


def test_a_table_that_an_alter_wrote_anew_is_not_truncated_by_the_next_insert(
    spoiled: ShadowDatabase,
) -> None:
    files = ["CREATE TABLE n (id int); INSERT INTO n VALUES (1); CREATE TABLE o (id int);"
             "ALTER TABLE n ALTER id TYPE text; INSERT INTO o VALUES (1);"]  # fmt: skip
    with replayer(spoiled, files) as made:
        last = made.run(lambda file, index: True).runs[-1]
    assert [(change.table, change.truncated) for change in last.rows] == [("o", False)]


def test_rows_of_earlier_statements_were_taken_for_the_next_one_s(spoiled: ShadowDatabase) -> None:
    put = (
        "CREATE TABLE k (x text PRIMARY KEY); CREATE FUNCTION put(x text) RETURNS void"
        " LANGUAGE plpgsql AS $$ BEGIN BEGIN INSERT INTO k VALUES (x);"
        " EXCEPTION WHEN unique_violation THEN NULL; END; END $$;"
        " INSERT INTO k VALUES ('a'), ('b'); INSERT INTO k VALUES ('c'); SELECT put('d');"
        " SELECT put('e'); UPDATE k SET x = 'f' WHERE x = 'a'; INSERT INTO k VALUES ('g');"
    )
    files = [put, "INSERT INTO k VALUES ('h'); INSERT INTO k VALUES ('i');"]
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
    told = [[json.loads(row)["x"] for row in change.rows] for r in done.runs for change in r.rows]
    assert told == [["a", "b"], ["c"], ["d"], ["e"], ["f"], ["g"], ["h"], ["i"]]
