"""What a choice leaves that no replay tried: drops and renamings that would have been refused, and
keys that would have gone along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.attribution.timeline import texts
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.drift.scan import scan

Choice = Mapping[Position, bool]
FILES = {
    "001_tables.sql": """
        create table public.sets (id bigint primary key, code text not null);
        create table public.records (set_id bigint constraint records_set references public.sets);
        create table public.defers (
            queue text, task text, at bigint,
            constraint defers_once unique (queue, at));""",
    "002_foreign.sql": "alter table public.records drop constraint if exists records_set;",
    "003_keys.sql": """
        alter table public.defers drop constraint defers_once;
        alter table public.defers add constraint defers_once unique (task, at);""",
    "004_columns.sql": """
        alter table public.sets drop column if exists id;
        alter table public.defers drop column queue;""",
    "005_names.sql": "alter table public.sets rename column code to id;",
}
ID, CODE = (ObjectId(Kind.COLUMN, f"public.sets.{name}") for name in ("id", "code"))
ONCE = ObjectId(Kind.CONSTRAINT, "public.defers.defers_once")


@pytest.fixture
def timeline(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Timeline:
    """Of the first replay, in which all statements run."""
    found: list[Timeline] = []
    add: Callable[[Timeline, texts.Texts], None] = texts.add

    def adding(timeline: Timeline, told: texts.Texts) -> None:
        add(timeline, told)
        found.append(timeline)

    monkeypatch.setattr(texts, "add", adding)
    with psycopg.connect(database, autocommit=True) as production:
        for name, text in FILES.items():
            (tmp_path / name).write_text(text)
            production.execute(text.encode())
    scan("untried", database, tmp_path)
    return found[0]


def without(timeline: Timeline, *files: int) -> Choice:
    """All statements but those of these files."""
    return {position: position[0] not in files for position in timeline.by_statement}


def test_what_a_foreign_key_refers_to_is_not_dropped(timeline: Timeline) -> None:
    assert timeline.predict(ID, without(timeline, 4)) is None
    assert timeline.predict(ID, without(timeline, 1, 4)) is not None
    assert timeline.fails((3, 0), without(timeline, 1))
    assert not timeline.fails((3, 0), without(timeline))


def test_nothing_is_given_a_name_that_something_has(timeline: Timeline) -> None:
    assert timeline.predict(CODE, without(timeline)) is None
    assert timeline.predict(CODE, without(timeline, 3)) is not None
    assert timeline.predict(CODE, without(timeline, 1)) is not None
    assert timeline.fails((4, 0), without(timeline, 3))


def test_a_key_upon_other_columns_goes_with_one_of_them(timeline: Timeline) -> None:
    assert timeline.predict(ONCE, without(timeline)) is not None
    assert timeline.predict(ONCE, without(timeline, 2)) is None
    assert timeline.predict(ONCE, without(timeline, 2, 3)) is not None
