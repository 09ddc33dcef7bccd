"""Somebody else's objects are no drift, are in nobody's way, and are not forgotten either."""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.cli.conftest import answer, reconcile

pytestmark = pytest.mark.usefixtures("here")

OURS = """
CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE users (id int PRIMARY KEY);
"""
THEIRS = """
CREATE SCHEMA queue;
CREATE TABLE queue.job (id int PRIMARY KEY, about int REFERENCES public.users);
CREATE FUNCTION queue.next() RETURNS int LANGUAGE sql AS 'SELECT min(id) FROM queue.job';
CREATE TABLE events_2026_01 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE copy_of_users AS SELECT * FROM users;
"""
VIEW = "CREATE VIEW waiting AS SELECT id FROM queue.job"
LATE = """
CREATE TABLE late (id int);
CREATE VIEW later AS SELECT id FROM late;
CREATE INDEX late_id ON late (id);
"""
HALF = "ALTER TABLE users ADD COLUMN mail text"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_others_make_while_a_plan_waits_does_not_stop_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_all.sql").write_text(f"{OURS};{VIEW};\n")
    Path("migrations/002_half.sql").write_text(f"{HALF};{LATE}")
    Path("reconcile.toml").write_text(
        "[targets.shop]\ndsn_env = 'SHOP_URL'\nhistory = 'none'\n"
        "ignore = ['queue', 'public.events_2*', 'table public.copy*']\n"
    )
    monkeypatch.setenv("SHOP_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(OURS.encode())
        connection.execute(THEIRS.encode())
        connection.execute(VIEW)
        connection.execute(HALF)
        connection.execute("ALTER TABLE users ADD COLUMN by_hand text")

        found = answer("drift", code=1)
        assert [each["identity"] for each in found["unexplained"]] == ["public.users.by_hand"]
        assert {"table public.copy_of_users", "table public.events_2026_01"} < set(found["ignored"])

        made = answer("plan", code=1)
        assert made["rehearsal"]["held"], made["rehearsal"]
        assert made["plan"]["steps"][0]["kind"] == "completion"
        text = json.dumps(made["plan"])
        assert "by_hand" in text
        assert "copy_of_users" not in text and "queue" not in text
        digits = Path(made["run_folder"]).name
        answer("approve", digits, "--yes", "--person", "Ada")

        connection.execute(
            "CREATE TABLE events_2026_02 PARTITION OF events"
            " FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); ALTER TABLE queue.job ADD a int"
        )
        assert answer("apply", digits)["ok"]

    status = reconcile("status")
    assert status.exit_code == 0
    assert "nothing unexplained" in status.stdout and "ignored)" in status.stdout
    assert "Ignored, as reconcile.toml says:" in status.stdout
    verified = reconcile("verify")
    assert verified.exit_code == 0
    words = " ".join(verified.stdout.split())
    assert re.search(r"but for \d objects that reconcile.toml ignores", words), words
    back = answer("undo", digits, code=1)["plan_hash"][:12]
    answer("approve", back, "--yes", "--person", "Ada")
    assert answer("undo", digits)["undone"]
