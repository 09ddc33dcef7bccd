"""action.yml and .pre-commit-hooks.yaml: what they run, run for real."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconcile_pipeline_tests.test_house import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
DELETES = "DELETE FROM public.notes;\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of an installed action: `.venv/bin/reconcile` runs this checkout."""
    command = tmp_path / "action/.venv/bin/reconcile"
    command.parent.mkdir(parents=True)
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from reconcile_pipeline.cli import main\nmain()\n"
    )
    command.chmod(0o755)
    return tmp_path / "action"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two migrations, the second of which deletes rows."""
    folder = tmp_path / "project"
    (folder / "db").mkdir(parents=True)
    (folder / "db/001_notes.sql").write_text("CREATE TABLE public.notes (id int PRIMARY KEY);\n")
    (folder / "db/002_empty.sql").write_text(DELETES)
    return folder


def test_the_actions_check_step_annotates_fails_and_leaves_reports(
    program: Path, project: Path
) -> None:
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "check"]
    assert {name.removeprefix("CHECK_").lower().replace("_", "-") for name in step["env"]} == set(
        ACTION["inputs"]
    )
    temporary = project.parent / "runner temp"
    temporary.mkdir()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "RECONCILE_"))},
        **dict.fromkeys(step["env"], ""),
        "CHECK_OFFLINE": "true", "CHECK_MIGRATIONS": "db", "CHECK_FAIL_ON": "error",
        "GITHUB_ACTION_PATH": str(program), "GITHUB_WORKSPACE": str(project),
        "RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(temporary / "outputs"),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
    }  # fmt: skip
    # As GitHub's runner does for `shell: bash`.
    script = project.parent / "step.sh"
    script.write_text(step["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert error.startswith("::error file=db/002_empty.sql,line=1,title=reconcile%3A deletes_data")
    outputs = dict(line.split("=", 1) for line in (temporary / "outputs").read_text().splitlines())
    assert set(outputs) == set(ACTION["outputs"])
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert "<testsuites" in Path(outputs["junit"]).read_text()
    assert "deletes_data" in (temporary / "summary.md").read_text()


def test_the_hooks_entry_lets_a_harmless_file_pass(program: Path, project: Path) -> None:
    assert HOOK["language"] == "python"
    entry = shlex.split(HOOK["entry"])
    environment = {**os.environ, "PATH": f"{program}/.venv/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        [*entry, "--migrations", "db", "db/001_notes.sql"],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 file checked without production, 2 statements run from nothing." in done.stdout
    assert "deletes_data" not in done.stdout  # of a file that is not part of the commit


@pytest.mark.soak
def test_the_actions_install_step_makes_a_working_command(tmp_path: Path) -> None:
    """A minute: in a fresh copy of what git holds, as GitHub checks an action out."""
    folder = tmp_path / "action"
    folder.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    (step,) = [s for s in ACTION["runs"]["steps"] if s["name"] == "Install reconcile"]
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, "GITHUB_ACTION_PATH": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    helped = subprocess.run(
        [folder / ".venv/bin/reconcile", "check", "--help"], capture_output=True, text=True
    )
    assert "--offline" in helped.stdout
    shutil.rmtree(folder)
