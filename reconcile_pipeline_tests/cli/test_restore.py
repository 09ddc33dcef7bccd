"""`reconcile plan --restore`, from the plan to a production that is what the files say."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.cli.conftest import reconcile


def test_what_people_made_goes_again_once_somebody_types_the_targets_name(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_shop.sql").write_text(
        "CREATE TABLE shops (id int PRIMARY KEY, name text NOT NULL);\n"
    )
    Path("reconcile.toml").write_text(
        "[targets.shop]\ndsn_env = 'SHOP_URL'\nhistory = 'none'\n[rehearsal]\nrows = 2\n"
    )
    monkeypatch.setenv("SHOP_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE shops (id int PRIMARY KEY, name text);"
            "CREATE TABLE notes (shop int REFERENCES shops, said text);"
            "INSERT INTO shops VALUES (1, 'corner'); INSERT INTO notes VALUES (1, 'a'), (1, 'b')"
        )
    assert "nothing called" not in reconcile("plan").stderr
    unknown = reconcile("plan", "--restore", "public.nothing")
    assert unknown.exit_code == 2
    assert "Nobody changed anything called 'public.nothing' by hand" in unknown.stderr

    made = reconcile("plan", "--restore", "all", "--format", "json")
    assert made.exit_code == 1, made.stderr
    answer = json.loads(made.stdout)
    assert answer["rehearsal"]["held"], answer["rehearsal"]
    assert answer["rehearsal"]["rows"] == {"public.notes": 2, "public.shops": 2}
    step, _not_null = [s for s in answer["plan"]["steps"] if s["kind"] == "restore"]
    assert step["rows"] == {"public.notes": [0, 0, None]}
    assert step["locks"]["public.shops"] == "ACCESS EXCLUSIVE"
    assert {"deletes_data", "irreversible"} <= {hazard["rule"] for hazard in step["hazards"]}

    digits = Path(answer["run_folder"]).name
    wrong = reconcile("approve", digits, answers="y\n")
    assert wrong.exit_code == 2
    assert "Data could be lost. Type shop" in wrong.stderr
    assert ["restore-1", "public.notes", "2"] in [row.split() for row in wrong.stderr.splitlines()]
    assert reconcile("approve", digits, answers="shop\n").exit_code == 0
    applied = reconcile("apply", digits)
    assert "In step" in applied.stdout, applied.stderr
    with psycopg.connect(database) as connection:
        left = connection.execute(
            "SELECT to_regclass('public.notes') IS NULL, (SELECT count(*) FROM shops),"
            " (SELECT attnotnull FROM pg_attribute"
            "   WHERE attrelid = 'shops'::regclass AND attname = 'name')"
        ).fetchone()
    assert left == (True, 1, True)
    assert reconcile("status").exit_code == 0
