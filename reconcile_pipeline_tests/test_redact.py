"""No secret and no address gets through, whatever spelling it comes in."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.redact import _secrets, redact, well_formed

URL = "postgresql://owner:s3cr%40t!@db.example.com:5432/postgres"


@pytest.mark.parametrize(
    ("text", "dsn"),
    [
        (f"cannot parse {URL}", URL),
        ("cannot parse postgresql://owner:s3cr@t!@db.example.com/x", ""),
        ("missing '=' after s3cr@t!", "host=db password='s3cr@t!'"),
        ("password=s3cr@t! host=x", ""),
        ("PGPASSWORD='s3cr@t! with space' psql", ""),
        ("failed: s3cr%40t%21", "host=db password=s3cr@t!"),
        ("https://key:s3cr@t!@hooks.example.com/x", ""),
        ("api_key: s3cr@t!", ""),
    ],
)
def test_a_password_is_masked(text: str, dsn: str) -> None:
    assert "s3cr" not in redact(text, dsn)
    assert "***" in redact(text, dsn)


def test_an_address_keeps_two_letters() -> None:
    assert redact("Key (email)=(ada@example.com) exists") == "Key (email)=(a***@e***) exists"
    assert redact("first.last+tag@mail.example.co.uk") == "f***@m***"
    assert redact("müller@bücher.example") == "m***@b***"
    assert redact("o'brien@example.com") == "o***@e***"


def test_an_address_in_sql_quotes_was_not_masked() -> None:
    assert redact("DEFAULT 'ada@example.com'") == "DEFAULT 'a***@e***'"
    assert redact("IN ('ada@example.com','bob@example.com')") == "IN ('a***@e***','b***@e***')"


def test_what_is_no_secret_stays() -> None:
    text = 'relation "public.users" does not exist; a @> b, x@y, host=db.example.com port=5432'
    assert redact(text, URL) == text


def test_what_was_told_of_a_table_of_tokens_was_masked() -> None:
    for told in (
        "table public.tokens: production does not have it; column public.tokens.secret: no file",
        "policy public.api_tokens.read: changed by hand",
    ):
        assert redact(told) == told
    assert "hunter2" not in redact("settings.password: hunter2 is wrong")
    assert "xyzzy" not in redact("SET app.settings.jwt_secret = xyzzy for all")
    assert "xyzzy" not in redact("public.tokens: 'xyzzy' is wrong")


def test_a_connection_string_was_parsed_again_for_each_of_thousands_of_texts() -> None:
    _secrets.cache_clear()
    assert {redact("s3cr@t! in a text", URL) for _ in range(100)} == {"*** in a text"}
    assert _secrets.cache_info().misses == 1


def test_twice_is_once() -> None:
    once = redact(f"{URL} ada@example.com password=x", URL)
    assert redact(once, URL) == once


@pytest.mark.parametrize(
    ("dsn", "good"),
    [
        (URL, True),
        ("host=/run/postgresql dbname=x user=y", True),
        ("postgresql://u:p@[::1]:5432/x", True),
        ("postgresql://u:p@a:5432,b:5433/x", True),
        ("postgresql://u:pa@ss@host/db", False),
        ("postgresql://u:pa/ss@host/db", False),
        ("postgresql://u:p a@host/db", False),
        ("no dsn at all", False),
    ],
)
def test_a_password_that_was_not_escaped_is_noticed(dsn: str, good: bool) -> None:
    assert well_formed(dsn) is good


def test_libpq_would_have_named_a_piece_of_the_password() -> None:
    with pytest.raises(psycopg.Error) as caught:
        psycopg.connect("postgresql://u:pa@ss@host.invalid/db", connect_timeout=1)
    assert "ss@host" in str(caught.value)  # why `well_formed` exists


def test_a_short_password_left_holes_in_other_words() -> None:
    # A plan spoke of the r***s of a table, and the evidence of a backfill could not be read again.
    dsn = "postgresql://owner:ow@localhost/db"
    assert redact("rows of the owner; password is ow, or :ow@", dsn) == (
        "rows of the owner; password is ***, or :***@"
    )
    assert redact("x!y", "host=h password=!y") == "x***"
