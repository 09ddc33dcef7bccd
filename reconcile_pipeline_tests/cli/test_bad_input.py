"""Bad input: a clear error, exit code 2, nothing changed, and no secret shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from click.testing import Result

from reconcile_pipeline_tests.cli.conftest import Story, reconcile

SECRET = "hunter2-and-more"
NOBODY = f"postgresql://somebody:{SECRET}@127.0.0.1:1/shop"
READERS = ("status", "drift", "plan", "verify")


def refused(result: Result, *words: str) -> None:
    """It ended with code 2, says these words and what to do, and shows no secret."""
    everything = result.stdout + result.stderr
    assert result.exit_code == 2, everything
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert SECRET not in everything
    assert "Traceback" not in everything


def write_migration(text: str = "CREATE TABLE a (id int);\n") -> None:
    Path("migrations").mkdir(exist_ok=True)
    Path("migrations/001_a.sql").write_text(text)


@pytest.mark.parametrize("verb", READERS)
def test_no_such_directory(verb: str) -> None:
    result = reconcile(verb, "--database-url", NOBODY, "--migrations", "nowhere")
    refused(result, "Error: There is no directory", "nowhere", "Nothing was changed.", "Next:")


def test_an_empty_directory() -> None:
    Path("migrations").mkdir()
    refused(reconcile("status", "--database-url", NOBODY), "holds no migrations", "Next:")


def test_a_file_in_place_of_the_directory() -> None:
    Path("migrations").write_text("")
    refused(reconcile("status", "--database-url", NOBODY), "is not a directory")


@pytest.mark.parametrize("verb", READERS)
def test_an_unreachable_server(verb: str) -> None:
    write_migration()
    result = reconcile(verb, "--database-url", NOBODY)
    refused(result, "cannot be reached", "Nothing was changed.", "Next: ")


@pytest.mark.parametrize("verb", READERS)
def test_a_wrong_password_is_never_printed(verb: str, tcp_url: str) -> None:
    write_migration()
    parts = urlsplit(tcp_url)
    host = f"{parts.username}:{SECRET}@{parts.hostname}:{parts.port}"
    wrong = urlunsplit(parts._replace(netloc=host))
    refused(reconcile(verb, "--database-url", wrong), "password authentication failed")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}/@h/db",
        f"postgresql://u:{SECRET}@@h:x/db",
        f"password={SECRET} host='",
        f"hostt=a password={SECRET}",
    ],
)
def test_a_malformed_connection_string_is_not_quoted(url: str) -> None:
    write_migration()
    refused(reconcile("status", "--database-url", url), "connection string is not valid")


def test_an_empty_connection_string() -> None:
    refused(reconcile("status", "--database-url", ""), "connection string is empty")


def test_a_connection_string_in_the_wrong_place_is_not_echoed() -> None:
    refused(reconcile("status", NOBODY), "unexpected extra argument")
    refused(reconcile(NOBODY), "No such command")
    refused(reconcile("status", f"--databas-url={NOBODY}"), "No such option")
    refused(reconcile("status", "--history", NOBODY), "Invalid value")


def test_no_configuration_and_no_database() -> None:
    refused(reconcile("status"), "There is no reconcile.toml here", "reconcile init")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("targets = ", "cannot be read"),
        ("[targets.a]\ncolour = 'red'\n", "targets.a.colour"),
        ("[targets.a]\nlock_timeout_ms = 'soon'\n", "targets.a.lock_timeout_ms"),
        (f"[targets.a]\ndsn_env = '{NOBODY}'\n", "targets.a.dsn_env"),
        (f"database_url = '{NOBODY}'\n[targets.a]\n", "database_url"),
    ],
)
def test_an_invalid_configuration_names_the_place_and_no_value(text: str, words: str) -> None:
    Path("reconcile.toml").write_text(text)
    refused(reconcile("status"), words)


def test_an_unknown_target_is_named_with_the_known_ones() -> None:
    Path("reconcile.toml").write_text("[targets.one]\n[targets.two]\n")
    refused(reconcile("status", "--target", "three"), "'three'", "one, two")
    refused(reconcile("status"), "There are 2 targets", "--target")


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("reconcile.toml").write_text("[targets.one]\ndsn_env = 'ONE_URL'\n")
    monkeypatch.setenv("DATABASE_URL", NOBODY)  # no target names it
    refused(reconcile("status"), "ONE_URL is not set")


def test_no_variable_is_read_that_nobody_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY)
    refused(reconcile("status"), "There is no reconcile.toml here")


def test_an_unreachable_shadow_server(shared_story: Story) -> None:
    write_migration()
    result = reconcile("status", "--database-url", shared_story.dsn, "--shadow-url", NOBODY)
    refused(result, "shadow server", "Next: ")


@pytest.mark.parametrize(
    "text",
    ["CREATE TABEL b (id int);\n", "SELECT 'never ends;\n", "CREATE TABLE c (id int;\n"],
)
def test_a_migration_that_does_not_parse(text: str, database: str) -> None:
    write_migration()
    Path("migrations/002_b.sql").write_text(text)
    planned = reconcile("plan", "--database-url", database)
    assert planned.exit_code == 1
    words = " ".join(planned.stdout.split())
    assert "002_b.sql does not parse: line 1" in words
    assert "mend it before a push" in words


def test_an_unforeseen_error_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError(f"the string {NOBODY} went wrong")

    monkeypatch.setattr("reconcile_pipeline.drift.scan.scan", explode)
    write_migration()
    result = reconcile("status", "--database-url", NOBODY)
    refused(result, "RuntimeError", "--debug")
    told = reconcile("status", "--debug", "--database-url", NOBODY)
    assert told.exit_code == 2
    assert "Traceback" in told.stderr
    assert SECRET not in told.stderr
