"""What statements wrote again just as it was: CREATE OR REPLACE, comments, protection, NOT NULL.

A file that repeats the function of the file before it leaves nothing in a replay of both, nor does
one that protects a table again. What it makes is known nonetheless: it was there when the statement
ran, and stayed as it was; had the first file not run, the second would have made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.timeline.alter import DEFINING, REPLACEABLE
from reconcile_pipeline.attribution.timeline.effects import Facets
from reconcile_pipeline.attribution.timeline.supposed import put
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

if TYPE_CHECKING:  # it imports the parser, which a command that only looks has no use for
    from reconcile_pipeline.migrations.paths import NamedStatements

#: What each CREATE OR REPLACE makes, by raw identity, and its text.
Replacing = Mapping[Position, tuple[frozenset[str], str]]
#: Tables of which each statement sets row-level security, by raw identity, and the facets it sets.
Protecting = Mapping[Position, tuple[frozenset[str], tuple[str, ...]]]

_PRIMARY = re.compile(r"PRIMARY KEY \((.*?)\)")
_PROTECTS = re.compile(r"\b(enable|disable|force)\s+row\s+level\s+security\b", re.IGNORECASE)


def replacing(statements: NamedStatements, chosen: Iterable[Position]) -> Replacing:
    """What the chosen statements make, and their texts."""
    wanted = frozenset(chosen)
    return {
        (number, statement.index): (names.created, statement.sql)
        for number, statement, names in statements
        if (number, statement.index) in wanted
    }


def protecting(statements: NamedStatements) -> Protecting:
    """The statements that say whether tables are protected, and of which."""
    found = {}
    for number, statement, names in statements:
        said = _PROTECTS.findall(statement.sql) if statement.tag.upper() == "ALTER TABLE" else ()
        if facets := {"rls_forced" if word.lower() == "force" else "rls" for word in said}:
            found[number, statement.index] = (names.altered, tuple(sorted(facets)))
    return found


def commenting(statements: NamedStatements) -> Replacing:
    """What each COMMENT is of, and its text."""
    return {
        (number, statement.index): (names.altered, statement.sql)
        for number, statement, names in statements
        if statement.tag.upper() == "COMMENT"
    }


def add_comments(timeline: Timeline, statements: Replacing) -> None:
    """Put into the timeline the comments that were there already, word for word."""
    again = {
        position: said
        for position, said in statements.items()
        if position in timeline.ran and not timeline.by_statement.get(position)
    }
    named = {name for names, _ in again.values() for name in names}
    by_name: dict[str, list[ObjectId]] = {}
    for id in timeline.by_object if again else ():
        if (name := id.identity.partition("(")[0]) in named:
            by_name.setdefault(name, []).append(id)
    for position, (names, sql) in again.items():
        for id in (id for name in names for id in by_name.get(name, ())):
            state = timeline.in_replay(id, position) or {}
            comment = state.get("comment")
            if isinstance(comment, str) and comment.replace("'", "''") in sql:
                _write_again(timeline, position, id, state, ("comment",))


def add_protecting(timeline: Timeline, statements: Protecting) -> None:
    """Put into the timeline what these statements set, where it was so already."""
    for position, (tables, facets) in statements.items():
        if position not in timeline.ran or timeline.by_statement.get(position):
            continue
        for id in (ObjectId(Kind.TABLE, name) for name in tables):
            if id not in timeline.by_object:
                continue
            if (state := timeline.in_replay(id, position)) is not None:
                _write_again(timeline, position, id, state, facets)


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
            id, state = there[0]
            _write_again(timeline, position, id, state, tuple(sorted(DEFINING & state.keys())))


def add_keys(timeline: Timeline) -> None:
    """Put into the timeline that the columns of a primary key are NOT NULL by it, where they were
    so already: had the file that says so not run, the key would have."""
    for position, effects in timeline.by_statement.items():
        if position not in timeline.ran:
            continue
        told = {effect.id for effect in effects}
        for effect in effects:
            for id in _key_columns(effect):
                if id in told or id not in timeline.by_object:
                    continue
                state = timeline.in_replay(id, position)
                if state is not None and state.get("not_null"):
                    _write_again(timeline, position, id, state, ("not_null",))


def _key_columns(effect: Difference) -> list[ObjectId]:
    """The columns of a primary key that a statement makes."""
    after = effect.after or {}
    if effect.id.kind is not Kind.CONSTRAINT or effect.change is not Change.CREATED:
        return []
    if (found := _PRIMARY.match(str(after.get("definition")))) is None or effect.parent is None:
        return []
    names = [name.replace('"', "") for name in found[1].split(", ")]
    return [ObjectId(Kind.COLUMN, f"{effect.parent.identity}.{name}") for name in names]


def _write_again(
    timeline: Timeline, position: Position, id: ObjectId, state: Facets, facets: tuple[str, ...]
) -> None:
    put(timeline, position, Difference(id, Change.ALTERED, state, state, facets))
