"""Statements whose rows refer to rows that no file makes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reconcile_pipeline.shadow.model import Outcome, Run
from reconcile_pipeline.shadow.servers.cluster import Cluster
from reconcile_pipeline_tests.shadow.conftest import fresh
from reconcile_pipeline_tests.shadow.replays import replayer

PEOPLE = """
create table people (id uuid primary key, email text not null check (email like '%@%'), nick text);
"""
A, B = "6f1c1f3e-0000-4000-8000-000000000001", "6f1c1f3e-0000-4000-8000-000000000002"


def _runs(private: Cluster, texts: Sequence[str]) -> tuple[Run, ...]:
    with fresh(private) as shadow, replayer(shadow, texts) as made:
        runs = made.run(lambda file, index: True).runs
        assert made.missed == ()
    return runs


def _failures(runs: Sequence[Run]) -> list[str]:
    return [run.error for run in runs if run.outcome is Outcome.FAILED]


def test_an_insert_for_a_user_who_signed_up_was_refused(private: Cluster) -> None:
    runs = _runs(private, [
        PEOPLE + "create table admins (person uuid primary key references people (id));",
        f"insert into admins values ('{A}'), ('{B}');",  # noqa: S608 - our own
    ])  # fmt: skip
    assert _failures(runs) == []
    assert [sum(table.inserted for table in run.rows) for run in runs] == [0, 0, 2]


@pytest.mark.parametrize(
    "key",
    [
        "add constraint k foreign key (person) references people (id)",
        "add foreign key (person) references people",
    ],
)
def test_a_foreign_key_was_refused_for_rows_that_a_file_brings(private: Cluster, key: str) -> None:
    runs = _runs(private, [
        PEOPLE + "create table pets (person uuid);",
        f"insert into pets values ('{A}'), ('{B}'), ('{B}'), (null);",  # noqa: S608 - our own
        f"alter table pets {key};",
    ])  # fmt: skip
    assert _failures(runs) == []
    assert [e.id.identity.split(".")[:2] for e in runs[-1].effects] == [["public", "pets"]]


def test_a_missing_row_itself_refers_to_one_that_is_missing(private: Cluster) -> None:
    runs = _runs(private, [
        "create table towns (country text, name text, primary key (country, name));"
        "create table streets (id integer generated always as identity primary key,"
        " country text not null, town text not null,"
        " foreign key (country, town) references towns (country, name));"
        "create table houses (street integer references streets (id));",
        "insert into houses values (7);",
    ])  # fmt: skip
    assert _failures(runs) == []


def test_a_row_that_cannot_be_made_leaves_the_statement_refused(private: Cluster) -> None:
    runs = _runs(private, [
        "create table never (id integer primary key check (id < 0));"
        "create table more (id integer references never (id));",
        "insert into more values (1);",
        "create table after (id integer);",
    ])  # fmt: skip
    assert len(_failures(runs)) == 1
    assert runs[-1].effects
