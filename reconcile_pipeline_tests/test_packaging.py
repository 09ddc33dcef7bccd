"""What is installed and how: the locks, the wheel, and that papers and commands agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reconcile_pipeline
from reconcile_pipeline_tests.test_house import PACKAGE, ROOT, tracked

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, list[Requirement]]:
    """A lock's requirements by canonical name; asserts that each is exact and hashed."""
    found: dict[str, list[Requirement]] = {}
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        requirement, *hashes = line.split("--hash=")
        assert hashes, f"without a hash: {line[:80]}"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes)
        parsed = Requirement(requirement.strip())
        assert parsed.url is None
        assert [s.operator for s in parsed.specifier] == ["=="], line[:80]
        found.setdefault(canonicalize_name(parsed.name), []).append(parsed)
    return found


def declared(*groups: str) -> list[Requirement]:
    """The requirements of the project itself, or of these dependency groups."""
    names = [PROJECT["project"]["dependencies"]] if not groups else []
    names += [PROJECT["dependency-groups"][group] for group in groups]
    return [Requirement(text) for group in names for text in group]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_hashes_every_line(name: str) -> None:
    assert len(locked(name)) > 50
    assert not re.search(r"^\s*-(?!-hash)|://|@ ", (ROOT / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "groups"),
    [(LOCKS[0], ()), (LOCKS[0], ("build",)), (LOCKS[1], ()), (LOCKS[1], ("test", "lint"))],
)
def test_a_lock_fits_what_pyproject_asks_for(name: str, groups: tuple[str, ...]) -> None:
    have = locked(name)
    for wanted in declared(*groups):
        for entry in have[canonicalize_name(wanted.name)]:
            version = next(iter(entry.specifier)).version
            assert wanted.specifier.contains(version), f"{wanted} is locked at {version}: make lock"


def test_the_development_lock_holds_the_users_versions() -> None:
    users, developers = (locked(name) for name in LOCKS)

    def version(entries: list[Requirement]) -> set[tuple[str, str]]:
        """With the marker, unless developers have the package wherever they are."""
        everywhere = {(str(entry.specifier), "") for entry in entries}
        return everywhere | {(str(entry.specifier), str(entry.marker or "")) for entry in entries}

    for name, entries in users.items():
        held = {(str(entry.specifier), str(entry.marker or "")) for entry in developers[name]}
        assert held <= version(entries), name
        assert {pair[0] for pair in held} == {str(entry.specifier) for entry in entries}, name


def test_the_npm_lock_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_a_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    build = (
        "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        names = set(wheel.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "reconcile=reconcile_pipeline.cli:main" in wheel.read(entry_points).decode()
    ours = {path.relative_to(ROOT).as_posix() for path in tracked() if PACKAGE in path.parents}
    assert "reconcile_pipeline/py.typed" in ours
    assert ours - names == set()
    assert not [name for name in names if name.startswith("reconcile_pipeline_tests")]


def test_one_version_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert reconcile_pipeline.__version__ == version
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] in {"Unreleased", version}


def test_ci_runs_the_readmes_test_command() -> None:
    ci = ROOT / ".ci" / "run"
    assert ci.stat().st_mode & 0o111 == 0o111
    assert "make test" in (ROOT / "README.md").read_text()
    targets = re.search(r"^for target in (.+); do$", ci.read_text(), re.MULTILINE)
    assert targets is not None
    assert targets[1].split() == ["test", "browser", "lint", "types", "imports"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}: ", makefile, re.MULTILINE) for target in targets[1].split())


def test_dagster_and_its_workspace_name_one_location() -> None:
    location = PROJECT["tool"]["dg"]["project"]["code_location_name"]
    assert f"location_name: {location}\n" in (ROOT / "workspace.yaml").read_text()


def test_contributing_says_why_each_dependency_is_here() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    every = [*declared(), *declared("build", "test", "lint")]
    assert [wanted.name for wanted in every if f"| {wanted.name} |" not in text] == []
