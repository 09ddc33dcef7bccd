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
