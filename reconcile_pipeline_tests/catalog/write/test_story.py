"""The story's production, made again from its snapshot alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import create_objects
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import create_platform, drop_database
from reconcile_pipeline_tests.catalog.write.running import left, run

MIGRATIONS = Path(__file__).parents[3] / "migrations"


@pytest.fixture(scope="module")
def story(server: Server) -> Iterator[Snapshot]:
    """What the story's production holds."""
    build_story(server, "write_story", MIGRATIONS)
    with psycopg.connect(server.dsn("write_story"), autocommit=True) as connection:
        snapshot = read(connection)
    drop_database(server, "write_story")
    yield snapshot


@pytest.mark.parametrize("role", [None, "postgres"])
def test_production_is_made_from_its_snapshot(
    role: str | None, server: Server, story: Snapshot
) -> None:
    create_platform(server, "write_story_again")
    try:
        with psycopg.connect(server.dsn("write_story_again", role)) as connection:
            empty = read(connection)
            changes = create_objects(story, [d.id for d in compare(empty, story)], role=role)
            run(connection, changes)
            assert (left(connection, story), changes.declined) == ((), ())
    finally:
        drop_database(server, "write_story_again")


def test_who_makes_it_as_its_owner_needs_to_say_less(story: Snapshot) -> None:
    ids = list(story.ids())
    anyone, owner = (create_objects(story, ids, role=role).sql for role in (None, "postgres"))
    assert len(owner) < len(anyone)
    assert not any(" OWNER TO postgres" in sql for sql in owner)
