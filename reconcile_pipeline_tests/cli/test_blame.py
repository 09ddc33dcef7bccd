"""blame at the command line: lines for people, JSON for programs, errors with a hint."""

from __future__ import annotations

import json

from click.testing import Result

from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, reconcile


def blamed(story: Story, *arguments: str) -> Result:
    """The verb on the story's database."""
    return reconcile("blame", "--database-url", story.dsn, "--migrations", MIGRATIONS, *arguments)


def test_a_line_an_object(shared_story: Story) -> None:
    result = blamed(shared_story, "public.smartsuite_sync_log")
    assert result.exit_code == 0
    first = result.stdout.splitlines()[0]
    assert first.startswith("table public.smartsuite_sync_log: not in production")
    assert "never ran: 011_smartsuite_alignment.sql:" in first


def test_all_as_json_holds_nothing_but_json(shared_story: Story) -> None:
    result = blamed(shared_story, "--all", "--format", "json")
    assert result.exit_code == 0
    found = {(each["kind"], each["identity"]): each for each in json.loads(result.stdout)}
    first = found["column", "public.scripts.status"]["made_by"][0]
    assert first["file"] == "008_add_script_status.sql"
    assert first["change"] == "created"
    assert first["line"] >= 1 and first["statement"] >= 0


def test_no_such_object_is_an_error_with_a_hint(shared_story: Story) -> None:
    result = blamed(shared_story, "public.nothing_like_it")
    assert result.exit_code == 2
    assert "no object public.nothing_like_it" in result.stderr
    assert "blame --all" in result.stderr


def test_a_name_and_all_are_one_too_many(shared_story: Story) -> None:
    assert blamed(shared_story, "public.videos", "--all").exit_code == 2
    assert blamed(shared_story).exit_code == 2
