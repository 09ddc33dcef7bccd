"""What CREATE OR REPLACE wrote again just as it was, and would have made had it not been there.

A file that repeats the function of the file before it leaves nothing in a replay of both. What it
makes is known nonetheless: it was there when the statement ran, and stayed as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.attribution.timeline.alter import DEFINING, REPLACEABLE
from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId
from reconcile_pipeline.migrations.model import MigrationFile

#: What each CREATE OR REPLACE makes, by raw identity, and its text.
Replacing = Mapping[Position, tuple[frozenset[str], str]]


def replacing(files: Iterable[MigrationFile], chosen: Iterable[Position]) -> Replacing:
    """What these statements make, and their texts."""
    from reconcile_pipeline.migrations.paths import named_statements

    wanted = frozenset(chosen)
    return {
        (number, statement.index): (names.created, statement.sql)
        for number, statement, names in named_statements(files)
        if (number, statement.index) in wanted
    }


def add(timeline: Timeline, statements: Replacing) -> None:
    """Put into the timeline what these statements wrote again, where they changed nothing."""
    by_name: dict[str, list[ObjectId]] = {}
    for id in timeline.by_object:
        if id.kind in REPLACEABLE:
            by_name.setdefault(id.identity.partition("(")[0], []).append(id)
    for position, (created, sql) in statements.items():
        if position not in timeline.ran or timeline.by_statement.get(position):
            continue
        named = [id for name in created for id in by_name.get(name, ())]
        found = [(id, timeline.in_replay(id, position)) for id in named]
        there = [(id, state) for id, state in found if state is not None]
        if len(there) > 1:  # functions of one name: the one of which it has the text
            there = [(id, state) for id, state in there if str(state.get("body")) in sql]
        if len(there) == 1:
            _write_again(timeline, position, *there[0])


def _write_again(timeline: Timeline, position: Position, id: ObjectId, state: Facets) -> None:
    facets = tuple(sorted(DEFINING & state.keys()))
    again = Difference(id, Change.ALTERED, state, state, facets)
    timeline.by_object[id].append((position, again))
    timeline.by_object[id].sort(key=lambda pair: pair[0])
    timeline.in_vain.setdefault(position, set()).add(id)
