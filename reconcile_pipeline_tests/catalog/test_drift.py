"""Every kind of drift is seen, and named as the one change that it is."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.fingerprint import fingerprint, trigger
from reconcile_pipeline.catalog.model import Change, Difference, Kind, Snapshot
from reconcile_pipeline.catalog.read import read, read_scope
from reconcile_pipeline_tests.catalog.cases import Case, load

DRIFT = load("drift", "more")


@pytest.mark.parametrize("case", DRIFT, ids=lambda case: case.name)
def test_one_change_is_one_difference(case: Case, base: str, before: Snapshot) -> None:
    with psycopg.connect(base) as connection:
        calm = trigger(connection)
        connection.execute(case.sql.encode())
        after = read(connection)
        alarmed = trigger(connection)
        differences = compare(before, after)
        touched = roots_of(differences, before, after)
        scoped = read_scope(connection, touched)
        connection.rollback()
    found = roots(differences)
    assert {
        (d.id.kind.value, d.id.identity, d.change.value, frozenset(d.facets)) for d in found
    } == {
        (kind, identity, change, facets or facets_of(before, after, kind))
        for kind, identity, change, facets in case.expected
    }
    assert fingerprint(after) != fingerprint(before)
    assert alarmed != calm
    for kind, rows in after.kinds.items():
        there = {
            identity: values
            for identity, values in rows.objects.items()
            if (root := rows.roots[identity])[1] in touched.get(root[0], ())
        }
        assert (scoped.kinds[kind].objects if there else {}) == there


def facets_of(before: Snapshot, after: Snapshot, kind: str) -> frozenset[str]:
    """All facets of a kind."""
    return frozenset(before.kinds[Kind(kind)].facets or after.kinds[Kind(kind)].facets)


def roots_of(differences: tuple[Difference, ...], *snapshots: Snapshot) -> dict[str, set[int]]:
    """The roots, before and after, of everything that differs."""
    scope: dict[str, set[int]] = {}
    for id in (difference.id for difference in differences):
        for snapshot in snapshots:
            if id in snapshot:
                catalog, oid = snapshot.kinds[id.kind].roots[id.identity]
                scope.setdefault(catalog, set()).add(oid)
    return scope


def test_every_kind_of_object_is_in_the_base_or_a_case(before: Snapshot) -> None:
    seen = {kind for kind, rows in before.kinds.items() if rows.objects}
    made = {Kind(kind) for case in DRIFT for kind, *_ in case.expected}
    assert seen | made == set(Kind)


def test_taking_the_change_back_takes_the_difference_back(base: str, before: Snapshot) -> None:
    with psycopg.connect(base, autocommit=True) as connection:
        again = read(connection)
    assert compare(before, again) == ()
    assert fingerprint(before) == fingerprint(again)


def test_an_added_table_turned_round_is_a_dropped_one(base: str, before: Snapshot) -> None:
    with psycopg.connect(base) as connection:
        connection.execute("CREATE TABLE app.extra (id serial PRIMARY KEY)")
        after = read(connection)
        connection.rollback()
    (added,) = roots(compare(before, after))
    (dropped,) = roots(compare(after, before))
    assert (added.id, added.change) == (dropped.id, Change.CREATED)
    assert dropped.change is Change.DROPPED
    assert added.after == dropped.before
