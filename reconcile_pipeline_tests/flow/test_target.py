"""Targets: where their folders are, and that none shows its connection string."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.config import Config, Target
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.target import direct, resolve, with_options

SECRET = "s3cret"
DSN = f"postgresql://somebody:{SECRET}@db.example.com/shop"


def config(**targets: Target) -> Config:
    return Config(targets=targets, root=Path("/srv/app"))


def target(**settings: object) -> Target:
    return Target.model_validate(settings)


def test_paths_are_relative_to_the_files_folder() -> None:
    found = resolve(config(shop=target(migrations="db/migrations")), dsn=DSN)
    assert found.directory == Path("/srv/app/db/migrations")
    assert found.evidence == Path("/srv/app/.reconcile/evidence/shop")


def test_nothing_shows_the_connection_string() -> None:
    found = resolve(config(shop=target()), dsn=DSN, shadow_url=DSN)
    assert SECRET not in repr(found)
    assert SECRET not in repr(direct(DSN, Path("migrations"), shadow_url=DSN))


def test_the_variable_is_the_one_that_the_target_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/other")
    monkeypatch.setenv("SHOP_URL", DSN)
    assert resolve(config(shop=target(dsn_env="SHOP_URL"))).dsn == DSN


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "ä"])
def test_a_name_that_would_leave_the_evidence_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        resolve(config(**{name: target()}), name, dsn=DSN)


@pytest.mark.parametrize(
    ("dsn", "name"),
    [
        (DSN, "shop"),
        ("host=/run dbname=my-shop_2", "my-shop_2"),
        ("postgresql://h/..%2Fup", "database"),
        ("no connection string", "database"),
        ("postgresql://h", "database"),
    ],
)
def test_without_a_file_a_target_is_named_after_its_database(dsn: str, name: str) -> None:
    assert direct(dsn, Path("migrations")).name == name


def test_options_win_and_their_paths_are_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = with_options(
        resolve(config(shop=target()), dsn=DSN), migrations=Path("here"), history="none"
    )
    assert found.directory == tmp_path / "here"
    assert found.settings.history == "none"


def test_an_unknown_layout_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="flat"):
        _ = resolve(config(shop=target(layout="zigzag")), dsn=DSN).layout
