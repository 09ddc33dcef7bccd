"""From the plan to the undo by a script that reads nothing but JSON."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.cli.conftest import answer, reconcile

TABLE = "CREATE TABLE shops (id int PRIMARY KEY, mail text);\n"


def test_a_script_plans_approves_applies_and_undoes(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_shop.sql").write_text(
        TABLE + "CREATE INDEX shops_mail ON shops (mail);\nALTER TABLE shops ADD COLUMN town text;"
        "\nCOMMENT ON COLUMN shops.town IS 'ask ada@example.com';\n"
    )
    Path("reconcile.toml").write_text("[targets.shop]\ndsn_env = 'SHOP_URL'\nhistory = 'none'\n")
    monkeypatch.setenv("SHOP_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE.encode())
        connection.execute("CREATE INDEX shops_mail ON shops (mail)")
    digits = Path(answer("plan", code=1)["run_folder"]).name

    given = answer("approve", digits, "--yes", "--person", "Ada")
    assert given["approval"]["plan_hash"].startswith(digits)
    assert (given["approval"]["person"], given["rows_at_stake"]) == ("Ada", [])

    done = answer("apply", digits)
    assert done["ok"] and all(each["held"] for each in done["promises"])
    assert {step["outcome"] for step in done["steps"]} == {"done"}
    assert {check["name"]: check["ok"] for check in done["checks"]}["In step"]
    assert Path(done["report"]).is_file() and Path(done["evidence"]).is_dir()

    waits = answer("undo", digits, code=1)
    assert (waits["undone"], waits["run"]) == (False, done["plan_hash"])
    assert "ada@example.com" not in json.dumps([waits, done, given])
    answer("approve", waits["plan_hash"][:12], "--yes", "--person", "Ada")
    back = answer("undo", digits)
    assert (back["undone"], back["restored"]) == (True, True)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'shops'::regclass AND attnum > 0"
            " AND NOT attisdropped"
        ).fetchone()
    assert row == (2,)

    refused = reconcile("undo", digits, "--format", "json")
    assert (refused.exit_code, refused.stdout) == (2, "")
