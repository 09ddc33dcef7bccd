"""From drift made by hand to the alert received, with the default settings and a real daemon."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.flow.alerts.receivers import Inbox, http
from reconcile_pipeline_tests.live.dev import ROOT, Dev, dev, project

pytestmark = pytest.mark.soak

BOUND_S = 60
LONGEST_S = 240
CONFIG = """
watch = true
[alerts]
[targets.story]
dsn_env = "STORY_DATABASE_URL"
"""


@pytest.fixture
def watched(server: Server) -> Iterator[tuple[Dev, Inbox, str]]:
    """Dagster watching the story, a receiver, and the story's connection string."""
    name = f"alerts_{os.getpid()}"
    build_story(server, name, ROOT / "migrations")
    dsn = server.dsn(name, "postgres")
    with (
        http() as inbox,
        project(CONFIG) as folder,
        dev(folder, STORY_DATABASE_URL=dsn, RECONCILE_ALERT_URLS=inbox.url) as up,
    ):
        yield up, inbox, dsn
    drop_database(server, name)


def wait(done: Callable[[], bool], up: Dev) -> float:
    """How long it took, in seconds."""
    begin = time.monotonic()
    while time.monotonic() < begin + LONGEST_S:
        if done():
            return time.monotonic() - begin
        time.sleep(0.2)
    raise AssertionError(f"never came:\n{up.log[-6000:]}")


def test_drift_is_told_within_a_minute_and_so_is_its_end(
    watched: tuple[Dev, Inbox, str],
) -> None:
    up, inbox, dsn = watched
    wait(lambda: len(inbox.titles) == 1, up)  # what there was from the start

    def change(sql: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(sql.encode())

    took = []
    for sql, words in (
        ("CREATE INDEX by_hand ON public.clients (name)", "added by hand: index public.by_hand"),
        ("DROP INDEX public.by_hand", "resolved: added by hand: index public.by_hand"),
        ("CREATE INDEX by_hand ON public.clients (name)", "added by hand: index public.by_hand"),
    ):
        before = len(inbox.messages)
        change(sql)
        took.append(wait(lambda before=before: len(inbox.messages) > before, up))  # type: ignore[misc]
        assert words in inbox.messages[-1]["message"]
        print(f"{words}: {took[-1]:.1f} s (load {os.getloadavg()[0]:.1f})")
    assert len(inbox.messages) == 4
    assert max(took) < BOUND_S
