"""What a statement sets for those that come after it."""

from __future__ import annotations

import pytest

from reconcile_pipeline.migrations.settings import is_setting, left_set


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SET search_path TO shop, public", ("search_path",)),
        ("SET LOCAL app.tenant = 'x'", ("app.tenant",)),
        ("SELECT pg_catalog.set_config('search_path', '', false)", ("search_path",)),
        ("SET TIME ZONE 'UTC'", ("timezone",)),
        ("SET ROLE editor", ("role",)),
        ("RESET search_path", ()),
        ("SET search_path TO DEFAULT", ()),
        ("SET TRANSACTION READ ONLY", ()),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'", ()),
        ("SELECT set_config(name, '', false) FROM names", ()),
        ("no SQL at all", ()),
    ],
)
def test_what_is_left_set(sql: str, names: tuple[str, ...]) -> None:
    assert left_set(sql) == names


@pytest.mark.parametrize(
    ("sql", "sets"),
    [
        ("SET search_path TO shop", True),
        ("RESET search_path", True),
        ("SELECT pg_catalog.set_config('search_path', '', false)", True),
        ("SET TRANSACTION READ ONLY", False),
        ("SELECT 1", False),
        ("no SQL at all", False),
    ],
)
def test_what_only_sets(sql: str, sets: bool) -> None:
    assert is_setting(sql) is sets
