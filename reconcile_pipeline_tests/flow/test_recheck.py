"""What an apply left, looked at again: each thing that can be off is found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.apply.directory.manifest import write_manifests
from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.recheck import manifests, recorded_rows, refusals
from reconcile_pipeline.flow.run import Run
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.supabase import Supabase
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.plan.model import FileAction, Plan

ARCHIVE = "migrations.applied.archive"
NEW = "SELECT 2;\n"


@pytest.fixture
def target(database: str, tmp_path: Path) -> ResolvedTarget:
    """001 and 002 are recorded from their files; 001 lies in the archive, a marker in its place."""
    directory = tmp_path / "migrations"
    directory.mkdir()
    (directory / "001_one.sql").write_text("-- a comment\nSELECT 1;\n")
    (directory / "002_two.sql").write_text(NEW)
    with psycopg.connect(database) as connection:
        for sql in Supabase().record(take_inventory(directory).files, connection):
            connection.execute(sql)
    (tmp_path / ARCHIVE).mkdir()
    (directory / "001_one.sql").rename(tmp_path / ARCHIVE / "001_one.sql")
    (directory / "001_one.sql").write_text("-- archived\n")
    settings = Target.model_validate({"migrations": "migrations"})
    return ResolvedTarget("t", settings, database, directory, tmp_path / "evidence")


@pytest.fixture
def run(target: ResolvedTarget, tmp_path: Path) -> Run:
    """The plan that left it so."""
    archived = (tmp_path / ARCHIVE / "001_one.sql").read_bytes()
    to = f"{ARCHIVE}/001_one.sql"
    actions = (
        FileAction("archive", "migrations/001_one.sql", to, sha256=_sha(archived)),
        FileAction("create", "migrations/002_two.sql", content=NEW),
    )  # fmt: skip
    write_manifests(actions, tmp_path, "0" * 64)
    plan = Plan("t", "", "", "", "", (), actions, {}, record=("001", "002"))
    return Run(tmp_path / "run", plan, "0" * 64)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def change(target: ResolvedTarget, sql: str) -> None:
    with psycopg.connect(target.dsn, autocommit=True) as connection:
        connection.execute(sql.encode())


def test_all_is_as_it_should_be(target: ResolvedTarget, run: Run) -> None:
    assert recorded_rows(target, run) == (2, ())
    assert manifests(target, run) == (1, ())
    assert refusals(target) == (2, ())


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE supabase_migrations.schema_migrations SET statements[1] = 'SELECT 3' "
         "WHERE version = '001'", "001 has other statements than its file"),
        ("UPDATE supabase_migrations.schema_migrations SET name = 'x' WHERE version = '002'",
         "002 has another name than its file"),
        ("DELETE FROM supabase_migrations.schema_migrations WHERE version = '002'",
         "002 is not recorded"),
    ],
)  # fmt: skip
def test_a_row_that_the_client_would_not_have_written(
    target: ResolvedTarget, run: Run, sql: str, problem: str
) -> None:
    change(target, sql)
    assert recorded_rows(target, run).problems == (problem,)


def test_an_archive_that_its_manifest_does_not_fit(target: ResolvedTarget, run: Run) -> None:
    folder = target.directory.parent / ARCHIVE
    (folder / "001_one.sql").write_text("SELECT 9;")
    (folder / "stray.sql").write_text("")
    assert manifests(target, run).problems == (
        f"{ARCHIVE}/stray.sql is in the folder, but not in the manifest",
        f"{ARCHIVE}/001_one.sql is not the file that was archived",
    )
    (folder / "001_one.sql").unlink()
    (folder / "stray.sql").unlink()
    assert manifests(target, run).problems == (
        f"{ARCHIVE}/001_one.sql is in the manifest, but not in the folder",
    )


def test_without_a_marker_the_client_refuses_to_push(target: ResolvedTarget) -> None:
    (target.directory / "001_one.sql").unlink()
    (target.directory / "003_three.sql").write_text("SELECT 3;")
    assert refusals(target).problems == (
        "001 is recorded, but has no local file",
        "003 is not recorded: it would be pushed",
    )
