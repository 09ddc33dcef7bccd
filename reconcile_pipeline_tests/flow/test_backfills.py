"""Backfills that reconcile.toml declares, from plan to proof, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.config import load
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline_tests.cli.conftest import reconcile

FILES = {
    "001_core.sql": "CREATE TABLE public.clients (id int PRIMARY KEY, name text);\n",
    "002_settings.sql": "CREATE TABLE public.settings (client int PRIMARY KEY"
    " REFERENCES public.clients, label text NOT NULL, theme text);\n"
    "COMMENT ON TABLE public.clients IS 'Who pays';\n",
}
BY_HAND = """
CREATE TABLE public.clients (id int PRIMARY KEY, name text);
INSERT INTO public.clients SELECT g, 'client ' || g FROM generate_series(1, 30) g;
UPDATE public.clients SET name = NULL WHERE id = 7;
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
  (version text NOT NULL PRIMARY KEY, statements text[], name text);
CREATE TABLE public.settings (client int PRIMARY KEY REFERENCES public.clients,
  label text NOT NULL, theme text);
COMMENT ON TABLE public.clients IS 'Who pays';
INSERT INTO supabase_migrations.schema_migrations VALUES ('001', '{x}', 'core');
"""
CONFIG = """
[targets.shop]
dsn_env = "SHOP_URL"

[[targets.shop.backfills]]
name = "settings"
table = "public.settings"
source = "SELECT id, name FROM public.clients WHERE id > 3 AND id % 31 > 0"
key = "client"
source_key = "id"
columns = { label = "upper(source.name)", theme = "'100% light'" }
batch_size = 5

[[targets.shop.backfills]]
name = "nowhere"
table = "public.nowhere"
source = "public.clients"
"""


@pytest.fixture
def project(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Production, its directory and configuration; the database's DSN."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(BY_HAND.encode())
    for name, text in FILES.items():
        path = tmp_path / "migrations" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "reconcile.toml").write_text(CONFIG)
    monkeypatch.setenv("SHOP_URL", database)
    monkeypatch.delenv("RECONCILE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return database


def test_a_declared_backfill_is_planned_applied_and_proved(project: str) -> None:
    planned = reconcile("plan", "--format", "json")
    told = json.loads(planned.stdout)
    plan = told["plan"]
    assert "backfill-settings" in [step["id"] for step in plan["steps"]], planned.output
    assert any("backfill nowhere is left out" in each for each in plan["warnings"])
    approved = reconcile("approve", told["plan_hash"], "--yes", "--person", "Ada")
    assert approved.exit_code == 0, approved.output
    done = reconcile("apply")
    assert "client 7" not in done.output
    with psycopg.connect(project) as connection:
        rows = connection.execute("SELECT * FROM public.settings ORDER BY 1").fetchall()
    assert rows == [(n, f"CLIENT {n}", "100% light") for n in range(4, 31) if n != 7]
    evidence = "".join(path.read_text() for path in Path(".reconcile").rglob("*.json"))
    assert '"sqlstate": "23502"' in evidence or '"sqlstate":"23502"' in evidence


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ('name = "a"\ntable = "x"\nsource = "s"', "table"),
        ('name = "A b"\ntable = "a.b"\nsource = "s"', "name"),
        ('name = "a"\ntable = "a.b"\nsource = "s"\nbatch_size = 0', "batch_size"),
        ('name = "a"\ntable = "a.b"\nsource = "s"\ncolums = {}', "colums"),
    ],
)
def test_a_wrong_declaration_names_its_key(tmp_path: Path, wrong: str, text: str) -> None:
    path = tmp_path / "reconcile.toml"
    path.write_text(f"[targets.a]\n[[targets.a.backfills]]\n{wrong}\n")
    with pytest.raises(ConfigError, match=text):
        load(path)


def test_two_backfills_of_one_name_are_refused(tmp_path: Path) -> None:
    one = '[[targets.a.backfills]]\nname = "a"\ntable = "a.b"\nsource = "s"\n'
    (tmp_path / "reconcile.toml").write_text(f"[targets.a]\n{one}{one}")
    with pytest.raises(ConfigError, match="a name of its own"):
        load(tmp_path / "reconcile.toml")
