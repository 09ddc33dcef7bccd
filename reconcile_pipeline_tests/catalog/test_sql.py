"""The reader's SQL files: one a kind, all of one form."""

from __future__ import annotations

import re

import pytest

from reconcile_pipeline.catalog import template
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_a_commented_ordered_query_with_a_scope(kind: Kind) -> None:
    text = template.source(kind)
    assert text.startswith("-- ")
    assert text.rstrip().endswith("ORDER BY 1")
    assert template.scopes(kind)
    assert all("{oids}" in condition for condition in template.scopes(kind).values())
    for major in (15, 16, 17, 18):
        whole = template.render(kind, major, MANAGED_SCHEMAS)
        assert "{" not in whole and "--" not in whole
        scoped = template.render(kind, major, MANAGED_SCHEMAS, tuple(template.scopes(kind)))
        assert set(re.findall(r"\{oids:(\w+)\}", scoped)) == set(template.scopes(kind))


def test_facets_are_plain_values(before: Snapshot) -> None:
    for kind, rows in before.kinds.items():
        assert len(set(rows.facets)) == len(rows.facets)
        for identity, values in rows.objects.items():
            assert len(values) == len(rows.facets)
            assert all(v is None or isinstance(v, str | int | bool) for v in values), identity
            assert rows.roots[identity][0] in template.scopes(kind)


def test_every_object_below_another_names_one_that_is_there(before: Snapshot) -> None:
    managed = {("table", "auth.users"), ("table", "storage.objects")}  # left out by themselves
    for id in before.ids():
        parent = before.parent(id)
        assert parent is None or parent in before or (parent.kind, parent.identity) in managed, id
