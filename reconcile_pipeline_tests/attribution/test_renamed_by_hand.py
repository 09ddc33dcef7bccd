"""What is gone and there under another name is said to be renamed, where just one thing is."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.drift.tables import unexplained_rows

FILE = """
CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL, at timestamptz);
CREATE TABLE visits (id int PRIMARY KEY, person int, room text);
CREATE TABLE rooms (id int PRIMARY KEY, seats int, beds int);
CREATE INDEX people_at ON people (at);
CREATE INDEX visits_room ON visits (room);
"""
BY_HAND = """
ALTER INDEX people_at RENAME TO by_time;
ALTER TABLE people RENAME COLUMN mail TO email;
ALTER TABLE visits RENAME TO visit;
ALTER TABLE rooms DROP COLUMN beds, ADD COLUMN beds_of numeric;
DROP INDEX visits_room;
CREATE INDEX one ON visit (room);
CREATE INDEX another ON visit (room);
"""


def test_it_is_said_to_be_renamed(database: str, tmp_path: Path) -> None:
    (tmp_path / "001_init.sql").write_text(FILE)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((FILE + BY_HAND).encode())
    rows = unexplained_rows(scan("x", database, tmp_path).report)
    notes = {row.identity: row.note for row in rows}
    assert notes["public.people_at"] == "renamed by hand to public.by_time, it seems"
    assert notes["public.by_time"] == "renamed by hand from public.people_at, it seems"
    assert notes["public.people.mail"] == "renamed by hand to public.people.email, it seems"
    assert notes["public.visit"] == "renamed by hand from public.visits, it seems"
    assert "renamed" not in notes["public.rooms.beds"] + notes["public.rooms.beds_of"]
    assert "renamed" not in notes.get("public.one", "") + notes.get("public.another", "")
