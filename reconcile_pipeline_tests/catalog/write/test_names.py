"""Names and texts as the server itself quotes them, and what a text mentions."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.catalog.write import parts
from reconcile_pipeline.catalog.write.names import ident, literal, role
from reconcile_pipeline.catalog.write.tokens import leading_name, mentions, names

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
_ON_SERVER = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_ON_SERVER
@given(name=_TEXT)
def test_a_name_is_read_back_as_it_was(name: str, base: str) -> None:
    with psycopg.connect(base) as connection:
        row = connection.execute("SELECT parse_ident(%s)", (ident(name),)).fetchone()
    assert row == ([name],)
    assert names(ident(name)) == [name]


@_ON_SERVER
@given(text=_TEXT)
def test_a_literal_is_read_back_as_it_was(text: str, base: str) -> None:
    with psycopg.connect(base) as connection:
        assert connection.execute(f"SELECT {literal(text)}".encode()).fetchone() == (text,)


def test_every_keyword_is_quoted_as_the_server_does(base: str) -> None:
    with psycopg.connect(base) as connection:
        rows = connection.execute(
            "SELECT word, quote_ident(word) FROM pg_get_keywords()"
        ).fetchall()
    assert {word: ident(word) for word, _ in rows} == dict(rows)


def test_public_is_everyone() -> None:
    assert (role("public"), role("Public"), role("user")) == ("PUBLIC", '"Public"', '"user"')


def test_names_in_string_literals_are_mentioned_too() -> None:
    found = mentions("""nextval('app."My.Seq"'::regclass) + app.f(p.x) || 'it''s "odd'""")
    assert {("app", "My.Seq"), ("app", "f"), ("p", "x")} <= found.pairs
    assert {"regclass", "nextval"} <= found.words


def test_a_lone_quote_in_a_string_swallows_nothing() -> None:
    assert ("app", "f") in mentions("""'say "hi' || app.f()""").pairs


@pytest.mark.parametrize(
    ("text", "expected"),
    [('"a ""b" c', ('a "b', 7)), ("plain text", ("plain", 5)), ("", ("", 0))],
)
def test_leading_name(text: str, expected: tuple[str, int]) -> None:
    assert leading_name(text) == expected


def _snapshot(*objects: tuple[Kind, str, ObjectId | None]) -> Snapshot:
    kinds = {
        kind: Rows(
            (),
            {identity: () for k, identity, _ in objects if k is kind},
            {identity: parent for k, identity, parent in objects if k is kind and parent},
        )
        for kind in {kind for kind, _, _ in objects}
    }
    return Snapshot(kinds, "", 180000)


def test_parents_tell_where_one_name_ends() -> None:
    table = ObjectId(Kind.TABLE, "a.b.c.d")
    snapshot = _snapshot(
        (Kind.SCHEMA, "a", None),
        (Kind.SCHEMA, "a.b", None),
        (Kind.TABLE, table.identity, ObjectId(Kind.SCHEMA, "a.b")),
        (Kind.COLUMN, "a.b.c.d.e.f", table),
    )
    assert parts.of(table, {}, snapshot) == ("a.b", "c.d")
    assert parts.of(ObjectId(Kind.COLUMN, "a.b.c.d.e.f"), {}, snapshot) == ("a.b", "c.d", "e.f")


def test_a_managed_table_is_split_at_its_first_dot() -> None:
    table = ObjectId(Kind.TABLE, "auth.users")
    snapshot = _snapshot((Kind.TRIGGER, "auth.users.on.signup", table))
    found = parts.of(ObjectId(Kind.TRIGGER, "auth.users.on.signup"), {}, snapshot)
    assert found == ("auth", "users", "on.signup")


def test_two_objects_that_read_alike_are_told() -> None:
    snapshot = _snapshot((Kind.TABLE, "a.b.c", None), (Kind.TABLE, "a.b.c (2)", None))
    for identity in ("a.b.c", "a.b.c (2)"):
        assert parts.reads_alike(ObjectId(Kind.TABLE, identity), snapshot)
    assert not parts.reads_alike(ObjectId(Kind.TABLE, "a.b"), snapshot)
