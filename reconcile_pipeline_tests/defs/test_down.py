"""Targets that are down, frozen or not set: passed over, and nobody waits for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Collection
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.connect import cut_after
from reconcile_pipeline.config import FILE
from reconcile_pipeline.flow.watch import look
from reconcile_pipeline_tests.defs.location import (
    LATE,
    Targets,
    look_at_each,
    production_drift,
    read,
    was_down,
)
from reconcile_pipeline_tests.defs.story import PASSWORD
from reconcile_pipeline_tests.defs.ticking import Tick, reason, requests, ticking


@pytest.fixture
def tick(project: Path) -> Tick:
    return ticking(production_drift, project)


def test_a_target_that_is_down_is_passed_over_and_the_others_are_not(tick: Tick) -> None:
    assert len(requests(tick())) == 1
    words = reason(tick())
    assert words.startswith("down was passed over: The database cannot be reached")
    assert PASSWORD not in words


def test_a_target_that_is_down_wrote_a_file_of_logs_at_every_tick(
    tick: Tick, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(requests(tick())) == 1
    assert "down was passed over" in capfd.readouterr().err  # a tick that asks gives no reason
    assert "down was passed over" in reason(tick())
    assert "passed over" not in capfd.readouterr().err


def test_one_that_never_answers_does_not_keep_a_tick_from_seeing_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a client, and says nothing
        monkeypatch.setenv("TEST_DOWN_URL", f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x")

        def looked(last: Collection[str], within_s: int) -> tuple[set[str], dict[str, str]]:
            databases = Targets(config_file=str(project / FILE))
            seen, down = look_at_each(databases, look, last=last, at_once=1, within_s=within_s)
            return set(seen), down

        assert looked((), 1) == (set(), {"down": "it has not answered in 1 s", "story": LATE})
        assert looked({"down"}, 3) == ({"story"}, {"down": "it has not answered in 3 s"})


def test_the_cursor_says_who_was_down_so_that_the_next_tick_asks_the_others_first(
    tick: Tick, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert was_down(read(tick().cursor)) == {"down"}
    monkeypatch.setenv("TEST_DOWN_URL", database)
    result = tick()
    assert [request.partition_key for request in requests(result)] == ["down"]
    assert was_down(read(result.cursor)) == set()


def test_a_server_that_froze_is_not_waited_for(database: str) -> None:
    begin = time.monotonic()
    with (
        psycopg.connect(database, autocommit=True) as connection,
        pytest.raises(psycopg.OperationalError),
        cut_after(connection, 0.3),
    ):
        connection.execute("SELECT pg_sleep(60)")
    assert time.monotonic() - begin < 30


def test_a_missing_variable_is_a_reason_not_a_failure(
    tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_STORY_URL")
    monkeypatch.delenv("TEST_DOWN_URL")
    words = reason(tick())
    assert "The environment variable TEST_STORY_URL is not set." in words
    assert "The environment variable TEST_DOWN_URL is not set." in words


def test_a_target_that_was_down_keeps_what_is_known_of_it(
    tick: Tick, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick()
    monkeypatch.setenv("TEST_STORY_URL", "postgresql://127.0.0.1:1/nowhere")
    tick()
    monkeypatch.setenv("TEST_STORY_URL", database)
    assert requests(tick()) == []
