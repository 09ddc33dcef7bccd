"""A directory's inventory: what is there, in which order, and what is odd."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from reconcile_pipeline.errors import DirectoryError
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Layout


def write(directory: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
    return directory


def test_a_flat_directory(tmp_path: Path) -> None:
    files = {
        "004_more.sql": b"SELECT 2;",
        "003_core.sql": b"-- c\nCREATE TABLE a (x int);\nSELECT 1;\n",
        "README.md": b"no migration",
    }
    found = take_inventory(write(tmp_path, files))
    assert found.layout is Layout.FLAT
    assert found.problems == {}
    assert [(f.path, f.version, f.name) for f in found.files] == [
        ("003_core.sql", "003", "core"), ("004_more.sql", "004", "more"),
    ]  # fmt: skip
    first = found.files[0]
    assert first.sha256 == hashlib.sha256(files["003_core.sql"]).hexdigest()
    assert first.text == files["003_core.sql"].decode()
    assert [(s.line, s.tag) for s in first.statements] == [(2, "CREATE TABLE"), (3, "SELECT")]


def test_odd_files_are_listed_with_what_is_odd(tmp_path: Path) -> None:
    found = take_inventory(
        write(
            tmp_path,
            {
                "003_a.sql": b"SELECT 1;",
                "003_b.sql": b"SELECT 2;",
                "005b_x.sql": b"SELECT 3;",
                "fix_rls.sql": b"SELECT 4;",
                "006_latin.sql": "SELECT 'é';".encode("latin-1"),
                "007_broken.sql": b"SELECT 1;\nSELECT 'abc",
                "008_typo.sql": b"SELECT 1;\nCREATE TABEL x;",
                "009_bom.sql": b"\xef\xbb\xbfSELECT 1;\r\nSELECT 2;",
            },
        )
    )
    assert [(f.path, f.version) for f in found.files] == [
        ("003_a.sql", "003"), ("003_b.sql", "003"), ("005b_x.sql", None),
        ("006_latin.sql", "006"), ("007_broken.sql", "007"), ("008_typo.sql", "008"),
        ("009_bom.sql", "009"), ("fix_rls.sql", None),
    ]  # fmt: skip
    assert {path: len(odd) for path, odd in found.problems.items()} == dict.fromkeys(
        (f.path for f in found.files if f.path != "009_bom.sql"), 1
    )
    assert found.problems["003_a.sql"] == ("shares version 003 with 003_b.sql",)
    assert "version" in found.problems["fix_rls.sql"][0]
    by_path = {f.path: f for f in found.files}
    assert by_path["006_latin.sql"].statements[0].sql == "SELECT 'é'"
    assert by_path["007_broken.sql"].statements == ()
    assert by_path["007_broken.sql"].error.startswith("line 2: a string")
    assert found.problems["008_typo.sql"][0].startswith("line 2: syntax error")
    assert len(by_path["008_typo.sql"].statements) == 2
    assert by_path["009_bom.sql"].text.startswith("SELECT")


def test_the_hash_follows_names_and_contents(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": b"SELECT 1;"})
    first = take_inventory(tmp_path).sha256
    assert take_inventory(tmp_path).sha256 == first
    write(tmp_path, {"1_a.sql": b"SELECT 2;"})
    second = take_inventory(tmp_path).sha256
    (tmp_path / "1_a.sql").rename(tmp_path / "1_b.sql")
    assert len({first, second, take_inventory(tmp_path).sha256}) == 3


def test_bad_directories_are_errors_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for path, what in (
        (tmp_path / "nosuch", "There is no directory"),
        (tmp_path / "file", "is not a directory"),
        (tmp_path / "empty", "holds no migrations"),
    ):
        with pytest.raises(DirectoryError, match=what) as caught:
            take_inventory(path)
        assert caught.value.hint
        assert caught.value.exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("which", ["file", "directory"])
def test_what_may_not_be_read_is_an_error(tmp_path: Path, which: str) -> None:
    write(tmp_path, {"1_a.sql": b"SELECT 1;"})
    closed = tmp_path / "1_a.sql" if which == "file" else tmp_path
    closed.chmod(0)
    try:
        with pytest.raises(DirectoryError, match="cannot be read"):
            take_inventory(tmp_path)
    finally:
        closed.chmod(0o700)


def test_a_link_led_to_what_is_no_sql_and_its_text_came_back_in_errors(tmp_path: Path) -> None:
    directory = write(tmp_path / "migrations", {"001_a.sql": b"SELECT 1;"})
    (tmp_path / "key").write_text("hunter2")
    (directory / "002_b.sql").symlink_to(tmp_path / "key")
    with pytest.raises(DirectoryError, match="it was not read") as refused:
        take_inventory(directory)
    assert "hunter2" not in str(refused.value)


def test_links_to_sql_and_a_directory_that_is_a_link_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {"shared/a.sql": b"SELECT 1;", "real/002_b.sql": b"SELECT 2;"})
    (tmp_path / "real/001_a.sql").symlink_to(tmp_path / "shared/a.sql")
    (tmp_path / "migrations").symlink_to(tmp_path / "real")
    found = take_inventory(tmp_path / "migrations")
    assert [f.text for f in found.files] == ["SELECT 1;", "SELECT 2;"]


def test_the_storys_directory_has_nothing_odd() -> None:
    found = take_inventory(Path(__file__).parents[2] / "migrations")
    assert found.layout is Layout.FLAT
    assert not found.problems
    assert len(found.files) == 14
    assert all(file.statements and file.transactional for file in found.files)
