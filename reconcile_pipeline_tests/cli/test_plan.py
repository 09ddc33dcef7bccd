"""plan, approve, and what apply refuses; nothing is ever written to production here."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline_tests.cli.conftest import Story, project, reconcile

COUNT = "SELECT count(*) FROM public.projects"
HISTORY = "SELECT count(*) FROM supabase_migrations.schema_migrations"


@pytest.fixture
def planned(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Story, Path]:
    """A story with a plan: its run folder."""
    project(tmp_path, story.dsn, monkeypatch)
    result = reconcile("plan", "--format", "json")
    assert result.exit_code == 1, result.stderr
    return story, Path(json.loads(result.stdout)["run_folder"])


def untouched(story: Story) -> None:
    """Production is as it was."""
    assert story.count(COUNT) == 1
    assert story.count(HISTORY) == 5
    assert story.count("SELECT count(*) FROM pg_class WHERE relname = 'user_profiles'") == 0
    assert len(list(Path("migrations").iterdir())) == 14


def test_from_plan_to_every_refusal(planned: tuple[Story, Path]) -> None:
    """One story for all of it, since each plan costs a scan."""
    story, folder = planned
    digits = folder.name
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["record"] == ["008", "009", "010", "013", "016", "020", "021", "022"]
    assert "smartsuite" not in json.dumps([step["statements"] for step in plan["steps"]])

    # The same findings give the same plan, and it is not written twice.
    written = (folder / "plan.json").stat().st_mtime_ns
    again = reconcile("plan")
    assert again.exit_code == 1
    assert f"reconcile approve {digits}" in again.stdout
    for words in (
        "would delete 7 rows",
        "public.script_components",
        "Not done",
        "Hash of the plan",
    ):
        assert words in again.stdout
    assert (folder / "plan.json").stat().st_mtime_ns == written

    # Nobody has approved.
    refused = reconcile("apply", digits)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Nobody has approved" in refused.stderr
    assert "No approved plan waits" in reconcile("apply").stderr

    # Approval: only of a plan that is there, by somebody with a name who says yes.
    assert "no plan 000000" in reconcile("approve", "000000").stderr
    assert "not the hash of a plan" in reconcile("approve", "../../etc").stderr
    assert "--person" in reconcile("approve", digits, "--yes").stderr
    no = reconcile("approve", digits, answers="n\n")
    assert (no.exit_code, (folder / "approval.json").exists()) == (2, False)
    assert reconcile("approve", digits, answers="").exit_code == 2
    yes = reconcile("approve", digits, "--person", "Ada", answers="y\n")
    assert yes.exit_code == 0, yes.stderr
    for words in (story.database, "No row is at stake", plan["system_identifier"]):
        assert words in yes.stderr
    approval = json.loads((folder / "approval.json").read_text())
    assert (approval["person"], approval["plan_hash"][:12]) == ("Ada", digits)

    # A plan that somebody edited is another one.
    text = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text(
        text.replace('"lock_timeout_ms": 2000', '"lock_timeout_ms": 9')
    )
    edited = reconcile("apply", digits)
    assert edited.exit_code == 2
    assert "is not the one that was made" in edited.stderr
    (folder / "plan.json").write_text(text)

    # An approval for another plan.
    (folder / "approval.json").write_text(
        json.dumps({**approval, "plan_hash": hashlib.sha256(b"another").hexdigest()})
    )
    other = reconcile("apply", digits)
    assert other.exit_code == 2
    assert "The approval is for plan" in other.stderr
    (folder / "approval.json").write_text(json.dumps(approval))

    # The list of admins is part of what was approved.
    config = Path("reconcile.toml")
    settings = config.read_text()
    config.write_text(settings.replace("ada@example.com", "eve@example.com"))
    another = reconcile("apply", digits)
    assert another.exit_code == 2
    assert "The plan would be another one now" in another.stderr
    config.write_text(settings)

    # The directory changed since the plan.
    file = Path("migrations/012_system_defaults.sql")
    content = file.read_text()
    file.write_text(content + "-- one line more\n")
    moved = reconcile("apply", digits)
    assert moved.exit_code == 2
    assert "directory has changed" in moved.stderr
    file.write_text(content)

    # Production changed since the plan.
    untouched(story)
    story.run("ALTER TABLE public.projects ADD COLUMN by_hand text")
    changed = reconcile("apply", digits)
    assert changed.exit_code == 2
    assert "Production has changed since the plan was made" in changed.stderr
    assert "Nothing was changed." in changed.stderr
    assert "Production has changed" in reconcile("approve", digits, "--person", "A").stderr
    untouched(story)


def test_where_data_could_be_lost_the_targets_name_is_to_be_typed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_old.sql").write_text("CREATE TABLE old (id int);\n")
    Path("migrations/002_new.sql").write_text("CREATE TABLE new (id int);\nDROP TABLE old;\n")
    Path("reconcile.toml").write_text(
        "[targets.shop]\ndsn_env = 'SHOP_URL'\nhistory = 'supabase'\n"
        "allow_hazards = ['deletes_data', 'irreversible']\n"
    )
    monkeypatch.setenv("SHOP_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE old (id int); CREATE TABLE new (id int)")
        connection.execute("INSERT INTO old SELECT generate_series(1, 7)")
    made = reconcile("plan", "--format", "json")
    assert made.exit_code == 1, made.stderr
    digits = Path(json.loads(made.stdout)["run_folder"]).name
    wrong = reconcile("approve", digits, answers="y\n")
    assert wrong.exit_code == 2
    assert "Data could be lost. Type shop" in wrong.stderr
    assert ["complete-002", "public.old", "7"] in [row.split() for row in wrong.stderr.splitlines()]
    assert reconcile("approve", digits, answers="shop\n").exit_code == 0


def test_a_plan_for_what_is_in_step_is_no_plan(database: str) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_a.sql").write_text("CREATE TABLE a (id int);\n")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (id int)")
    result = reconcile("plan", "--database-url", database, "--history", "none")
    assert result.exit_code == 0, result.stderr
    assert "nothing to plan" in result.stdout
    assert not Path(".reconcile").exists()
    shown = reconcile("plan", "--database-url", database, "--history", "none", "--format", "json")
    assert json.loads(shown.stdout)["plan"] is None
    verified = reconcile("verify", "--database-url", database, "--history", "none")
    assert verified.exit_code == 0, verified.stdout


def test_evidence_that_somebody_touched_does_not_verify(database: str, tmp_path: Path) -> None:
    Path("migrations").mkdir()
    Path("migrations/001_a.sql").write_text("CREATE TABLE a (id int);\n")
    made = reconcile(
        "plan", "--database-url", database, "--history", "supabase", "--format", "json"
    )
    folder = Path(json.loads(made.stdout)["run_folder"])
    assert reconcile("evidence", "verify", folder).exit_code == 0
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    file = next((copy / "evidence").glob("*-drift_report.json"))
    file.write_text(file.read_text().replace("absent", "applied"))
    result = reconcile("evidence", "verify", copy)
    assert result.exit_code == 2
    assert "was changed" in result.stderr
    assert reconcile("evidence", "verify", tmp_path / "nowhere").exit_code == 2
