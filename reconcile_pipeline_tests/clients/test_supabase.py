"""What the Supabase CLI says of four kinds of history, and what it writes."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline_tests.clients.supabase import Push, Refusal, Row, Supabase, SupabaseError

CORE = "create table core (i int);\n"
TWO = "-- the first\ncreate table a (i int);\n-- the second\ncreate table b (i int);\n"


@pytest.fixture
def recorded(supabase_cli: Supabase, tcp_url: str) -> str:
    """The URL of a database whose history names 003 and 004, as the folder does."""
    supabase_cli.put({"003_core.sql": CORE, "004_two.sql": TWO})
    supabase_cli.repair(tcp_url, "003", "004")
    return tcp_url


def test_an_equal_history_is_up_to_date(supabase_cli: Supabase, recorded: str) -> None:
    assert supabase_cli.migration_list(recorded) == (Row("003", "003"), Row("004", "004"))
    assert supabase_cli.push_dry_run(recorded) == Push(up_to_date=True)


def test_a_pending_file_is_listed_and_would_be_pushed(
    supabase_cli: Supabase, recorded: str
) -> None:
    (supabase_cli.migrations / "011_truncate.sql").write_text("truncate core cascade;\n")
    assert supabase_cli.migration_list(recorded)[-1] == Row("011", "")
    assert supabase_cli.push_dry_run(recorded) == Push(False, files=("011_truncate.sql",))


def test_a_remote_version_without_a_file_is_refused(supabase_cli: Supabase, recorded: str) -> None:
    for file in supabase_cli.migrations.iterdir():
        file.unlink()
    assert supabase_cli.migration_list(recorded) == (Row("", "003"), Row("", "004"))
    push = supabase_cli.push_dry_run(recorded)
    assert (push.refusal, push.versions) == (Refusal.REMOTE_WITHOUT_FILE, ("003", "004"))
    assert not push.up_to_date
    assert not push.files
    assert "repair --status reverted 003 004" in push.advice


def test_a_file_before_the_last_version_is_refused(supabase_cli: Supabase, recorded: str) -> None:
    (supabase_cli.migrations / "001_late.sql").write_text("select 1;\n")
    (supabase_cli.migrations / "002_late.sql").write_text("select 1;\n")
    push = supabase_cli.push_dry_run(recorded)
    assert (push.refusal, push.versions) == (Refusal.FILE_BEFORE_LAST, ("001", "002"))
    assert "--include-all" in push.advice
    forced = supabase_cli.push_dry_run(recorded, include_all=True)
    assert forced.files == ("001_late.sql", "002_late.sql")


def test_a_comment_only_marker_satisfies_list_and_push(
    supabase_cli: Supabase, recorded: str
) -> None:
    (supabase_cli.migrations / "004_two.sql").write_text("-- archived\n")
    assert all(row.equal for row in supabase_cli.migration_list(recorded))
    assert supabase_cli.push_dry_run(recorded).up_to_date


def test_repair_writes_version_name_and_statements_and_reverts(
    supabase_cli: Supabase, recorded: str
) -> None:
    query = "SELECT version, name, statements FROM supabase_migrations.schema_migrations"
    with psycopg.connect(recorded, autocommit=True) as connection:
        assert connection.execute(query).fetchall() == [
            ("003", "core", ["create table core (i int)"]),
            (
                "004",
                "two",
                [
                    "-- the first\ncreate table a (i int)",
                    "-- the second\ncreate table b (i int)",
                ],
            ),
        ]
        supabase_cli.repair(recorded, "004", status="reverted")
        assert [row[0] for row in connection.execute(query)] == ["003"]


def test_what_is_no_answer_is_an_error(supabase_cli: Supabase, recorded: str) -> None:
    with pytest.raises(SupabaseError) as missing:
        supabase_cli.repair(recorded, "099")
    assert missing.value.code == "MigrationFileNotFoundError"
    with pytest.raises(SupabaseError) as wrong:
        supabase_cli.push_dry_run(recorded.replace(":postgres@", ":wrong@"))
    assert wrong.value.code == "DbConnectError"
    with pytest.raises(ValueError, match="truncates"):
        supabase_cli.repair(recorded)
