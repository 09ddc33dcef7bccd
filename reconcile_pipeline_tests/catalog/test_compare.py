"""Order of columns, and what follows from what."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import _longest_rise, compare
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.catalog.read import read

TABLE = ObjectId(Kind.TABLE, "public.t")


def table(columns: str) -> Snapshot:
    """A snapshot of one table whose columns are these letters."""
    names = [f"public.t.{letter}" for letter in columns]
    rows = Rows(
        ("position",),
        {name: (rank,) for rank, name in enumerate(names, 1)},
        dict.fromkeys(names, TABLE),
    )
    return Snapshot({Kind.COLUMN: rows}, "test", 180000)


@pytest.mark.parametrize(
    ("before", "after", "created", "dropped", "moved"),
    [
        ("abc", "abc", "", "", ""),
        ("abc", "abcd", "d", "", ""),
        ("abc", "ac", "", "b", ""),
        ("abc", "acd", "d", "b", ""),
        ("abc", "acb", "", "", "b"),
        ("abcd", "bcda", "", "", "a"),
        ("abcd", "acdb", "", "", "b"),
        ("abcde", "xaecdb", "x", "", "eb"),
    ],
)
def test_only_columns_in_another_order_have_moved(
    before: str, after: str, created: str, dropped: str, moved: str
) -> None:
    found = compare(table(before), table(after))
    by_change = {
        change: {d.id.identity[-1] for d in found if d.change == change}
        for change in ("created", "dropped", "altered")
    }
    if moved == "eb":  # one of several smallest answers
        assert len(by_change["altered"]) == 2
        assert by_change["created"] == {"x"}
        return
    assert by_change == {"created": set(created), "dropped": set(dropped), "altered": set(moved)}
    assert all(d.facets == ("position",) for d in found if d.change == "altered")


@given(st.permutations(list(range(8))))
def test_what_is_kept_rises(ranks: list[int]) -> None:
    kept = sorted(_longest_rise(ranks))
    values = [ranks[i] for i in kept]
    assert values == sorted(values)
    longest = [1] * len(ranks)
    for i in range(len(ranks)):
        for j in range(i):
            if ranks[j] < ranks[i]:
                longest[i] = max(longest[i], longest[j] + 1)
    assert len(kept) == max(longest)


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        ("a=DELETE,MAINTAIN,SELECT\nb=MAINTAIN\nc=SELECT", "a=DELETE,SELECT\nc=SELECT"),
        ("a=MAINTAIN*,SELECT\nb=DELETE,MAINTAIN*", "a=SELECT\nb=DELETE"),
        ("a=MAINTAIN", ""),
        ("a=SELECT", "a=SELECT"),
    ],
)
def test_maintain_says_nothing_to_an_older_server(acl: str, expected: str) -> None:
    def snapshot(acl: str, version: int) -> Snapshot:
        return Snapshot({Kind.TABLE: Rows(("acl",), {"public.t": (acl,)})}, "test", version)

    assert compare(snapshot(acl, 180000), snapshot(expected, 150000)) == ()
    assert (compare(snapshot(acl, 180000), snapshot(expected, 180000)) == ()) == (acl == expected)


def test_differences_are_sorted_and_have_their_parents(base: str, before: Snapshot) -> None:
    with psycopg.connect(base) as connection:
        connection.execute("CREATE TABLE app.z (b integer PRIMARY KEY, a integer)")
        after = read(connection)
        connection.rollback()
    found = compare(before, after)
    assert [d.id for d in found] == sorted(d.id for d in found)
    assert {d.id.kind: d.parent for d in found} == {
        Kind.COLUMN: ObjectId(Kind.TABLE, "app.z"),
        Kind.CONSTRAINT: ObjectId(Kind.TABLE, "app.z"),
        Kind.TABLE: ObjectId(Kind.SCHEMA, "app"),
    }
    assert all(d.before is None and d.after is not None for d in found)


def test_a_foreign_key_goes_with_no_column_that_is_called_like_the_one_it_refers_to(
    database: str,
) -> None:
    """It names another table's column of that name: it was dropped by itself."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE client (id int PRIMARY KEY);"
            "CREATE TABLE project (name text, id int, client int CONSTRAINT of REFERENCES client)"
        )
        before = read(connection)
        connection.execute("ALTER TABLE project DROP COLUMN id, DROP CONSTRAINT of")
        found = roots(compare(before, read(connection)))
    assert {str(d.id) for d in found if d.change == "dropped"} == {
        "column public.project.id",
        "constraint public.project.of",
    }
