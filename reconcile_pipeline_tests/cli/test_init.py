"""`reconcile init`: a file that loads, that fits the folder, and that nobody's file is lost to."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reconcile_pipeline.config import UserProfiles, load
from reconcile_pipeline_tests.cli.conftest import reconcile


def test_it_finds_the_migrations(tmp_path: Path) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "20250101000000_a.sql").write_text("SELECT 1;\n")
    result = reconcile("init", "--target", "shop")
    assert result.exit_code == 0
    assert "1 file in supabase/migrations (flat)" in result.stdout
    config = load(Path("reconcile.toml"))
    name, target = config.target()
    assert (name, target.migrations) == ("shop", Path("supabase/migrations"))


def test_an_empty_folder_gets_a_file_that_says_what_to_fill_in() -> None:
    result = reconcile("init")
    assert result.exit_code == 0
    assert "no migrations found" in result.stdout
    assert load(Path("reconcile.toml")).target()[0] == "production"


def test_it_names_a_variable_that_is_there_and_never_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://u:hunter2@h/db")
    reconcile("init")
    text = Path("reconcile.toml").read_text()
    assert 'dsn_env = "SUPABASE_DB_URL"' in text
    assert "hunter2" not in text


def test_every_commented_setting_is_its_default_and_loads() -> None:
    reconcile("init")
    path = Path("reconcile.toml")
    plain = load(path)
    kept = []
    for line in path.read_text().splitlines():
        inner = line.removeprefix("# ")
        is_setting = line.startswith("# ") and ("= " in inner or inner.startswith("["))
        kept.append(inner if is_setting and not inner[0].isupper() else line)
    path.write_text("\n".join(kept))
    assert len(tomllib.loads(path.read_text())["targets"]["production"]) > 12
    full = load(path)
    before, after = plain.target()[1], full.target()[1]
    assert before == after.model_copy(update={"user_profiles": None})
    assert full.evidence == plain.evidence
    assert after.user_profiles is not None
    assert after.user_profiles.model_copy(update={"admins": ()}) == UserProfiles.model_validate({})


def test_it_never_overwrites() -> None:
    Path("reconcile.toml").write_text("# mine\n")
    result = reconcile("init")
    assert result.exit_code == 2
    assert "never overwritten" in result.stderr
    assert Path("reconcile.toml").read_text() == "# mine\n"
