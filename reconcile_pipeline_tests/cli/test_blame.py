"""blame on the story: which statement made an object, and what nobody's migration made."""

from __future__ import annotations

import json
from typing import Any

from reconcile_pipeline_tests.cli.conftest import MIGRATIONS, Story, reconcile


def blamed(story: Story, *arguments: str) -> tuple[str, int]:
    """stdout and exit code."""
    result = reconcile("blame", "--database-url", story.dsn, "--migrations", MIGRATIONS, *arguments)
    return result.stdout + result.stderr, result.exit_code


def as_json(story: Story, *arguments: str) -> list[dict[str, Any]]:
    """The answer, read from standard output alone."""
    result = reconcile(
        "blame", "--database-url", story.dsn, "--migrations", MIGRATIONS, "--format", "json",
        *arguments,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_a_column_is_the_statements_that_made_it(shared_story: Story) -> None:
    (found,) = as_json(shared_story, "public.scripts.status")
    assert found["kind"] == "column"
    assert found["maker"] == "migration"
    last = found["made_by"][-1]
    assert last["file"] == "008_add_script_status.sql"
    text = (MIGRATIONS / last["file"]).read_text().splitlines()
    assert "status" in "\n".join(text[last["line"] - 1 : last["line"] + 6])


def test_a_table_comes_with_what_belongs_to_it(shared_story: Story) -> None:
    found = as_json(shared_story, "videos")
    assert found[0]["identity"] == "public.videos"
    assert {"table", "column", "policy"} <= {each["kind"] for each in found}
    assert all(each["identity"].startswith("public.") for each in found)


def test_what_never_ran_is_said_to_make_it(shared_story: Story) -> None:
    shown, code = blamed(shared_story, "public.smartsuite_sync_log")
    assert code == 0
    assert "table public.smartsuite_sync_log: not in production" in shown
    assert "never ran: 011_smartsuite_alignment.sql:" in shown


def test_what_somebody_changed_by_hand_is_nobodys_migration(story: Story) -> None:
    story.run("ALTER TABLE public.videos ADD COLUMN by_hand text")
    story.run("ALTER TABLE public.videos ALTER COLUMN title DROP NOT NULL")
    makers = {each["identity"]: each for each in as_json(story, "--all")}
    assert makers["public.videos.by_hand"]["maker"] == "added_by_hand"
    assert makers["public.videos.title"]["maker"] == "changed_by_hand"
    assert makers["public.videos.title"]["by_hand"] == ["not_null"]
    assert makers["public.videos.id"]["maker"] == "migration"


def test_no_such_object_is_an_error_with_a_hint(shared_story: Story) -> None:
    shown, code = blamed(shared_story, "public.nothing_like_it")
    assert code == 2
    assert "no object public.nothing_like_it" in shown
    assert "blame --all" in shown


def test_a_name_and_all_are_one_too_many(shared_story: Story) -> None:
    assert blamed(shared_story, "public.videos", "--all")[1] == 2
    assert blamed(shared_story)[1] == 2
