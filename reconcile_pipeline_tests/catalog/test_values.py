"""Privileges and lists as the server sends them."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.catalog import mentions
from reconcile_pipeline.catalog.values import elements, lines, privileges


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        (b"{}", ""),
        (b"{=r/postgres}", "public=SELECT"),
        (b"{anon=ar*w/postgres}", "anon=INSERT,SELECT*,UPDATE"),
        (b'{"\\"my role\\"=U/postgres"}', "my role=USAGE"),
        (b'{"\\"a\\"\\"b\\"=X/postgres"}', 'a"b=EXECUTE'),
        (b"{anon=r/one,anon=r*w/two}", "anon=SELECT*,UPDATE"),
    ],
)
def test_privileges_are_sorted_lines(acl: bytes, expected: str) -> None:
    assert privileges(acl) == expected


def test_every_privilege_of_the_server_is_known(database: str) -> None:
    with psycopg.connect(database) as connection:
        for letter, objects in (("r", "TABLE"), ("f", "FUNCTION"), ("d", "DATABASE")):
            row = connection.execute(
                'SELECT acldefault(%s::"char", 10)::text,'
                " (SELECT string_agg(privilege_type, ',' ORDER BY privilege_type COLLATE \"C\")"
                '  FROM aclexplode(acldefault(%s::"char", 10)) WHERE grantee = 10)',
                (letter, letter),
            ).fetchone()
            assert row is not None
            assert f"={row[1]}" in privileges(row[0].encode()), objects


def test_lists_are_sorted_lines() -> None:
    assert elements(r'{a,"b c","d\"e","f\\g"}') == ["a", "b c", 'd"e', r"f\g"]
    assert lines(b"{fillfactor=70,autovacuum_enabled=false}") == (
        "autovacuum_enabled=false\nfillfactor=70"
    )
    assert lines(b"{}") is None


def test_names_of_a_definition_are_unquoted_and_whole() -> None:
    names = mentions.names('CREATE INDEX i ON app."My Table" USING btree (lower(p."Na.me"))')
    assert {"app", "app.My Table", "Na.me", "lower", "p"} <= names


def test_definitions_that_differ_by_casts_alone_are_alike() -> None:
    assert mentions.without_casts("CHECK (((price)::numeric(10,2) >= (0)::numeric))") == (
        mentions.without_casts("CHECK ((price >= 0))")
    )
    assert mentions.without_casts("('a'::character varying[])") == mentions.without_casts("'a'")
    assert mentions.without_casts("(a > 1)") != mentions.without_casts("(a > 2)")
