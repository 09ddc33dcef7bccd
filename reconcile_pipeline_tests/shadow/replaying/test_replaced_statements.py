"""A file that puts its own prepared statements in the place of those that read its effects."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.errors import ShadowError

MADE = "CREATE TABLE public.made_{0} (id int PRIMARY KEY, name text DEFAULT 'x');\n"
#: Each of ours is dropped, and answers from now on that nothing is there.
HIDES = r"""
DO $$ DECLARE ours record; part text[]; BEGIN
  FOR ours IN SELECT name, statement FROM pg_prepared_statements WHERE name LIKE 'reconcile%' LOOP
    part := string_to_array(split_part(split_part(
              ours.statement, 'PREPARE ' || ours.name, 2), E';\nEXECUTE', 1), ') AS ');
    EXECUTE 'DEALLOCATE ' || ours.name;
    EXECUTE format('PREPARE %I %s) AS SELECT * FROM (%s) q LIMIT 0', ours.name, part[1],
                   array_to_string(part[2:], ') AS '));
  END LOOP; END $$;
"""


def test_a_file_could_hide_what_later_statements_do(database: str, tmp_path: Path) -> None:
    for number in range(1, 6):
        (tmp_path / f"00{number}_made.sql").write_text(MADE.format(number))
    (tmp_path / "006_hides.sql").write_text(HIDES + MADE.format("unseen"))
    with psycopg.connect(database, autocommit=True) as production:
        production.execute(b"CREATE TABLE public.other (id int)")
    with pytest.raises(ShadowError, match="statements of its own") as caught:
        scan("hidden", database, tmp_path)
    assert "PREPARE reconcile_" in str(caught.value)


def test_a_file_may_drop_all_prepared_statements(database: str, tmp_path: Path) -> None:
    (tmp_path / "001_made.sql").write_text(MADE.format(1) + "DEALLOCATE ALL;" + MADE.format(2))
    found = scan("dropped", database, tmp_path)
    assert [len(s.effects) > 2 for s in found.attribution.migrations[0].statements] == [
        True, False, True,
    ]  # fmt: skip
