"""blame on the story, with two changes made by hand: who made what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.drift.scan import Scan, scan
from reconcile_pipeline.flow.blame import Maker, blame, blame_all
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import build_story
from reconcile_pipeline.story.world import drop_database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture(scope="module")
def found(server: Server) -> Iterator[Scan]:
    """One scan for all tests."""
    name = "blame_story"
    build_story(server, name, MIGRATIONS)
    dsn = server.dsn(name, "postgres")
    with psycopg.connect(dsn, autocommit=True) as production:
        production.execute("ALTER TABLE public.videos ADD COLUMN by_hand text")
        production.execute("ALTER TABLE public.videos ALTER COLUMN title DROP NOT NULL")
    yield scan(name, dsn, MIGRATIONS)
    drop_database(server, name)


def test_a_column_is_the_statement_that_made_it(found: Scan) -> None:
    (column,) = blame(found, "public.scripts.status")
    assert column.maker is Maker.MIGRATION
    place = column.made_by[0]
    assert (place.file, place.change) == ("008_add_script_status.sql", Change.CREATED)
    text = (MIGRATIONS / place.file).read_text().splitlines()
    assert "status" in "\n".join(text[place.line - 1 : place.line + 6])


def test_a_table_comes_first_and_brings_what_belongs_to_it(found: Scan) -> None:
    listed = blame(found, "videos")
    assert str(listed[0].id) == "table public.videos"
    assert {"column", "policy", "index"} <= {each.id.kind.value for each in listed}
    assert [str(b.id) for b in blame(found, "column public.videos.id")] == [
        "column public.videos.id"
    ]


def test_what_never_ran_and_what_was_replaced(found: Scan) -> None:
    table = blame(found, "public.smartsuite_sync_log")[0]
    assert table.maker is Maker.NEVER_MADE
    assert table.never_ran[0].file == "011_smartsuite_alignment.sql"
    replaced = [b for b in blame_all(found) if b.superseded and b.maker is Maker.MIGRATION]
    assert replaced
    assert all(b.superseded[0].file <= b.made_by[-1].file for b in replaced)


def test_what_somebody_did_by_hand_is_nobodys_migration(found: Scan) -> None:
    makers = {str(each.id): each for each in blame_all(found)}
    assert makers["column public.videos.by_hand"].maker is Maker.ADDED_BY_HAND
    assert makers["column public.videos.title"].maker is Maker.CHANGED_BY_HAND
    assert makers["column public.videos.title"].by_hand == ("not_null",)
    assert makers["column public.videos.id"].maker is Maker.MIGRATION


def test_there_is_nothing_of_that_name(found: Scan) -> None:
    assert blame(found, "public.nothing_like_it") == ()
