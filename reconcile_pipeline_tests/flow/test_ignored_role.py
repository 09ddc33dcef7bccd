"""What a monitoring role may read is no drift, and no plan waits or is stopped for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.cli.conftest import answer, reconcile

ROLE = "watch_dog"
SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE VIEW names AS SELECT name FROM users;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
HALF = "ALTER TABLE users ADD COLUMN mail text"
GRANTED = f"""
GRANT SELECT ON users, names TO {ROLE};
GRANT UPDATE (name) ON users TO {ROLE};
GRANT SELECT (name) ON names TO {ROLE};
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {ROLE};
"""


@pytest.fixture
def production(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_URL", database)
    Path("migrations").mkdir()
    Path("migrations/001_all.sql").write_text(SCHEMA)
    Path("migrations/002_half.sql").write_text(f"{HALF};\nCREATE TABLE late (id int);\n")
    Path("reconcile.toml").write_text(
        "[targets.shop]\ndsn_env = 'SHOP_URL'\nhistory = 'none'\n"
        f"ignore = ['role {ROLE[:-3]}*', 'w*']\n"
    )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute(HALF.encode())
        connection.execute(f"CREATE ROLE {ROLE}".encode())
        try:
            yield connection
        finally:
            connection.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}".encode())


def test_a_monitoring_role_is_in_nobodys_way(production: psycopg.Connection) -> None:
    production.execute(GRANTED.encode())
    found = answer("drift", code=1)
    assert not found["unexplained"]
    assert found["ignored"] == [f"role {ROLE}"]

    made = answer("plan", code=1)
    assert made["rehearsal"]["held"], made["rehearsal"]
    digits = Path(made["run_folder"]).name
    answer("approve", digits, "--yes", "--person", "Ada")
    production.execute(f"GRANT SELECT ON users TO {ROLE} WITH GRANT OPTION".encode())
    assert answer("apply", digits)["ok"]

    late = f"SELECT has_table_privilege('{ROLE}', 'late', 'SELECT')"
    assert production.execute(late.encode()).fetchone() == (True,)
    status = reconcile("status")
    assert status.exit_code == 0, status.stdout
    assert f"Ignored, as reconcile.toml says: role {ROLE}." in status.stdout
    assert reconcile("verify").exit_code == 0


def test_what_everyone_or_another_may_do_is_drift_all_the_same(
    production: psycopg.Connection,
) -> None:
    """Also where every role is ignored: everyone is none."""
    settings = Path("reconcile.toml")
    settings.write_text(settings.read_text().replace("role watch_*", "role *"))
    production.execute(GRANTED.encode())
    production.execute(
        "GRANT INSERT ON users TO public; REVOKE EXECUTE ON FUNCTION one() FROM public"
    )
    found = answer("drift", code=1)
    differing = {each["identity"]: each["change"] for each in found["unexplained"]}
    assert {"public.users": "changed", "public.one()": "changed"}.items() <= differing.items()
    assert f"role {ROLE}" in found["ignored"]


def test_what_is_put_back_or_adopted_keeps_theirs_out_and_alive(
    production: psycopg.Connection,
) -> None:
    """A view is made anew to be put back: what the role may read of it stays; no file grants it."""
    production.execute(GRANTED.encode())
    production.execute("DROP VIEW names; CREATE VIEW names AS SELECT id, name FROM users")
    production.execute(f"GRANT DELETE ON names TO {ROLE}".encode())
    production.execute("CREATE TABLE by_hand (id int)")
    settings = Path("reconcile.toml")
    settings.write_text(settings.read_text() + "restore = ['view public.names']\nadopt = true\n")

    made = answer("plan", code=1)
    assert made["rehearsal"]["held"], made["rehearsal"]
    digits = Path(made["run_folder"]).name
    answer("approve", digits, "--yes", "--person", "Ada")
    assert answer("apply", digits)["ok"]

    written = "".join(path.read_text() for path in Path("migrations").glob("*reconcile*.sql"))
    assert "by_hand" in written
    assert ROLE not in written
    may = f"SELECT has_table_privilege('{ROLE}', 'names', 'DELETE')"  # given by no default
    assert production.execute(may.encode()).fetchone() == (True,)
    columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'names'::regclass AND attnum > 0"
    assert production.execute(columns.encode()).fetchone() == (1,)
