"""`reconcile check` on the story's production, which is only read."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, reconcile
from reconcile_pipeline_tests.clients.npm import installed
from reconcile_pipeline_tests.flow.check.test_formats import SCHEMA

FAILS = "CREATE TABLE public.more (id int);\nALTER TABLE public.nowhere ADD COLUMN x int;\n"
NEEDS_ROWS = """INSERT INTO public.more VALUES (1);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM public.projects) THEN RAISE 'no project'; END IF; END $$;
"""


def test_what_a_push_would_do_to_the_storys_production(shared_story: Story, tmp_path: Path) -> None:
    """One run for all of it, since each costs a scan."""
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations/030_fails.sql").write_text(FAILS)
    (tmp_path / "migrations/031_needs_rows.sql").write_text(NEEDS_ROWS)
    (tmp_path / "migrations/032_broken.sql").write_text("SELECT 1;\n\nCREATE TABEL x (id int);\n")
    count = "SELECT count(*) FROM public.script_components"
    before = shared_story.count(count)

    result = reconcile(
        "check", "--database-url", shared_story.dsn, "--format", "json",
        "--report", "sarif=out/check.sarif", "--report", "text=out/check.txt",
        "migrations/013_add_component_status.sql", "migrations/032_broken.sql",
    )  # fmt: skip
    assert result.exit_code == 1, result.stderr
    found = json.loads(result.stdout)
    assert found["rows_at_stake"] == {
        "public.projects": 1, "public.videos": 1, "public.scripts": 1,
        "public.script_components": 4,
    }  # fmt: skip
    assert before == shared_story.count(count) == 4
    remarks = {(r["file"], r["line"], r["rule"]): r for r in found["remarks"]}
    # Of a file that was not named, only what the push as a whole would meet.
    stake = remarks[("migrations/011_smartsuite_alignment.sql", 18, "rows_at_stake")]
    assert stake["level"] == "error"
    assert "7 rows" in stake["message"]
    fails = remarks[("migrations/030_fails.sql", 2, "push_fails")]
    assert (fails["level"], "public.nowhere" in fails["message"]) == ("error", True)
    maybe = remarks[("migrations/031_needs_rows.sql", 2, "push_fails")]
    assert (maybe["level"], "none of its rows" in maybe["message"]) == ("warning", True)
    assert remarks[("migrations/032_broken.sql", 3, "does_not_parse")]["level"] == "error"
    assert ("migrations/013_add_component_status.sql", 7, "index_without_concurrently") in remarks
    assert not [key for key in remarks if key[0].startswith("migrations/008")]
    assert len(remarks) == len(found["remarks"])

    sarif = json.loads(Path("out/check.sarif").read_text())
    jsonschema.Draft4Validator(json.loads(installed(SCHEMA).read_text())).validate(sarif)
    assert len(sarif["runs"][0]["results"]) == len([key for key in remarks if key[0]])
    assert "a push would run 12 files" in Path("out/check.txt").read_text()


def test_bad_options_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    url = "postgresql://nobody:secretword@127.0.0.1:1/none"
    both = reconcile("check", "--offline", "--database-url", url)
    assert (both.exit_code, both.stdout) == (2, "")
    assert "secretword" not in both.stderr
    assert "FORMAT=FILE" in reconcile("check", "--offline", "--report", "pdf=x").stderr
    since = reconcile("check", "--offline", "--changed-since", "origin/main")
    assert since.exit_code == 2
    assert "git does not know" in since.stderr
    assert "names no commit" in reconcile("check", "--offline", "--changed-since=--x").stderr
    nowhere = reconcile("check", "--offline", "--migrations", "nowhere")
    assert (nowhere.exit_code, "no directory" in nowhere.stderr) == (2, True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the story's directory; then one file more, not yet committed."""
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qm", "all"),
        ("checkout", "-qb", "change"),
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    (tmp_path / "migrations/030_fails.sql").write_text(FAILS)
    return tmp_path


def test_offline_judges_what_was_changed_and_runs_the_whole_directory(repository: Path) -> None:
    result = reconcile("check", "--offline", "--changed-since", "main", "--format", "json",
                       "--show", "note", "--allow", "strong_lock")  # fmt: skip
    assert result.exit_code == 1, result.stderr
    found = json.loads(result.stdout)
    assert (found["online"], found["command"], found["rows_at_stake"]) == (False, "", {})
    assert found["files"] == ["migrations/030_fails.sql"]
    assert found["statements_tried"] > 200
    assert [(r["line"], r["rule"]) for r in found["remarks"] if r["level"] == "error"] == [
        (2, "replay_fails")
    ]
    assert all(r["file"] == "migrations/030_fails.sql" for r in found["remarks"])
