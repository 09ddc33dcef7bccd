"""Where unqualified names go when a file sets its search_path."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.paths import named_statements


@pytest.mark.parametrize(
    ("setting", "schema"),
    [
        ("SET search_path TO app, public", "app"),
        ("set local search_path = 'My App'", "My App"),
        ('SET search_path = "$user", "My ""App"""', 'My "App"'),
        ("SET search_path TO DEFAULT", "public"),
        ("SET search_path = ''", "public"),
        ("SET statement_timeout = 0", "public"),
    ],
)
def test_the_first_schema_is_meant(tmp_path: Path, setting: str, schema: str) -> None:
    (tmp_path / "001_a.sql").write_text(f"{setting};\nCREATE TABLE t (id int);\n")
    (tmp_path / "002_b.sql").write_text("CREATE TABLE u (id int);\n")
    created = [found.created for _, _, found in named_statements(take_inventory(tmp_path).files)]
    assert f"{schema}.t" in created[1]
    assert "public.u" in created[2]


@pytest.mark.parametrize("end", ["RESET search_path", "RESET ALL", "DISCARD ALL", "COMMIT"])
def test_a_path_ends(tmp_path: Path, end: str) -> None:
    sets = "SET LOCAL search_path = app"
    (tmp_path / "001_a.sql").write_text(
        f"BEGIN;\n{sets};\nCREATE TABLE t (id int);\n{end};\nCREATE TABLE u (id int);\n"
    )
    named = named_statements(take_inventory(tmp_path).files)
    created = [table for _, _, found in named for table in found.created if "." in table]
    assert {"app.t", "public.u"} <= set(created)


def test_a_path_of_the_session_outlives_the_transaction(tmp_path: Path) -> None:
    (tmp_path / "001_a.sql").write_text(
        "BEGIN;\nSET search_path = app;\nCOMMIT;\nCREATE TABLE t (id int);\n"
    )
    named = list(named_statements(take_inventory(tmp_path).files))
    assert "app.t" in named[-1][2].created
