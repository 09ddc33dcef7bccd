"""Files are moved byte for byte, nothing is overwritten, and undo puts them back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconcile_pipeline.apply.directory.files import FilesResult, change_files
from reconcile_pipeline.apply.undo.files import undo_files
from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.plan.model import FileAction
from reconcile_pipeline_tests.apply.moving import (
    ACTIONS,
    AFTER,
    OLD,
    digest,
    held,
    outcomes,
    project,
    run,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with files that are moved and one that stays."""
    return project(tmp_path)


def test_everything_is_where_it_should_be_byte_for_byte(root: Path) -> None:
    assert outcomes(run(root)) == ["done"] * 5
    assert held(root) == AFTER


def test_the_manifest_names_each_file_its_hash_and_why(root: Path) -> None:
    result = run(root)
    assert result.manifests == (
        "migrations.applied.archive/manifest.json", "migrations.quarantine/manifest.json",
    )  # fmt: skip
    data = json.loads((root / result.manifests[0]).read_text())
    assert data == {
        "algorithm": "sha256",
        "files": [
            {"file": "008_x.sql", "from": "migrations/008_x.sql", "sha256": digest(OLD),
             "reason": "unrecorded, applied", "plan": "p" * 64}
        ],
    }  # fmt: skip
    readable = (root / "migrations.quarantine/MANIFEST.md").read_text()
    assert "| `011_y.sql` | `migrations/011_y.sql` | pending_destructive, not_applied |" in readable


def test_a_second_run_does_nothing(root: Path) -> None:
    run(root)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*.sql")}
    assert outcomes(run(root)) == ["already"] * 5
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*.sql")} == before


def test_a_later_plan_adds_to_the_manifest(root: Path) -> None:
    run(root)
    (root / "migrations/030_w.sql").write_bytes(b"x")
    more = FileAction("archive", "migrations/030_w.sql", "migrations.applied.archive/030_w.sql",
                      sha256=digest(b"x"))  # fmt: skip
    change_files([more], root, root.parent / "run2", "q" * 64)
    data = json.loads((root / "migrations.applied.archive/manifest.json").read_text())
    assert [(e["file"], e["plan"][0]) for e in data["files"]] == [
        ("008_x.sql", "p"),
        ("030_w.sql", "q"),
    ]


def test_undo_puts_everything_back(root: Path) -> None:
    before = held(root)
    run(root)
    assert outcomes(undo_files(ACTIONS, root)) == ["done"] * 5
    assert held(root) == before
    assert sorted(p.name for p in root.iterdir()) == ["migrations"]
    assert outcomes(undo_files(ACTIONS, root)) == ["already"] * 5


@pytest.mark.parametrize("path", ["008_x.sql", "022_reconcile.sql"])
def test_undo_leaves_what_was_changed_since(root: Path, path: str) -> None:
    run(root)
    (root / "migrations" / path).write_text("mine")
    with pytest.raises(DirectoryError, match="changed since"):
        undo_files(ACTIONS, root)
    assert (root / "migrations" / path).read_text() == "mine"


def change_source(root: Path) -> None:
    (root / "migrations/011_y.sql").write_text("other")


def remove_source(root: Path) -> None:
    (root / "migrations/011_y.sql").unlink()


def occupy_archive(root: Path) -> None:
    (root / "migrations.quarantine").mkdir()
    (root / "migrations.quarantine/011_y.sql").write_text("other")


def occupy_new(root: Path) -> None:
    (root / "migrations/022_reconcile.sql").write_text("other")


def link_source(root: Path) -> None:
    (root / "migrations/011_y.sql").rename(root / "elsewhere")
    (root / "migrations/011_y.sql").symlink_to(root / "elsewhere")


def link_folder(root: Path) -> None:
    (root / "migrations.quarantine").mkdir()
    (root.parent / "out").mkdir()
    (root / "migrations.applied.archive").mkdir()
    (root / "migrations.applied.archive/008_x.sql").symlink_to(root.parent / "out")


def damage_manifest(root: Path) -> None:
    (root / "migrations.quarantine").mkdir()
    (root / "migrations.quarantine/manifest.json").write_text("[]")


@pytest.mark.parametrize(
    "meddle",
    [change_source, remove_source, occupy_archive, occupy_new, link_source, link_folder,
     damage_manifest],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_first_change(
    root: Path, meddle: Callable[[Path], None]
) -> None:
    meddle(root)
    before = held(root)
    with pytest.raises(DirectoryError):
        run(root)
    assert held(root) == before


@pytest.mark.parametrize(
    "action",
    [
        FileAction("archive", "migrations/008_x.sql", "../out.sql", sha256=digest(OLD)),
        FileAction("archive", "/etc/passwd", "migrations/x", sha256=digest(OLD)),
        FileAction("create", "migrations/../../x.sql", content="x"),
        FileAction("create", "x.sql", content="x"),
        FileAction("create", "migrations/x.sql", content="x", sha256="0" * 64),
        FileAction("delete", "migrations/008_x.sql", sha256=digest(OLD)),
    ],
)
def test_a_plan_that_leaves_the_folder_or_asks_for_more_is_refused(
    root: Path, action: FileAction
) -> None:
    before = held(root)
    with pytest.raises(DirectoryError):
        run(root, (action,))
    assert held(root) == before


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_git_sees_a_rename(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "init", "-q")
    git(root, "add", "migrations/008_x.sql", "migrations/003_core.sql")
    git(root, "commit", "-qm", "x")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")  # as in a hook of another repository
    result = run(root)
    monkeypatch.delenv("GIT_DIR")
    assert [each.with_git for each in result.files] == [True, False, False, False, False]
    status = git(root, "status", "--porcelain", "--untracked-files=all")
    assert "R  migrations/008_x.sql -> migrations.applied.archive/008_x.sql" in status
    assert held(root) == AFTER
    undo_files(ACTIONS, root)
    assert "R " not in git(root, "status", "--porcelain")


def test_a_locked_index_does_not_stop_us_and_is_said(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")
    (root / ".git/index.lock").touch()
    result = run(root)
    assert held(root) == AFTER
    assert "without it" in result.note


def test_nothing_to_do_is_nothing_done(root: Path) -> None:
    before = held(root)
    assert change_files((), root, root.parent / "run", "p") == FilesResult()
    assert held(root) == before
