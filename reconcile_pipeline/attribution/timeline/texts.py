"""What the statements' texts tell of them that the catalog's difference in a replay does not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.missing_base import dropped_first
from reconcile_pipeline.attribution.timeline import (
    built_upon,
    found_lacking,
    goes_along,
    goes_with,
    in_use,
    renamed,
    vain,
    written_again,
)
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Replay

if TYPE_CHECKING:  # it imports the parser, which a command that only looks has no use for
    from reconcile_pipeline.migrations.paths import NamedStatements

_RENAMES = re.compile(r"\balter\b.*\b(?:rename|set\s+schema)\b", re.IGNORECASE | re.DOTALL)
_CASCADE = re.compile(r"\bcascade\b", re.IGNORECASE)
_UNNAMED = re.compile(r"\bindex\s+(?:concurrently\s+)?on\b", re.IGNORECASE)
_REPLACES = re.compile(r"\s*create\s+or\s+replace\b", re.IGNORECASE)
_BODIES_OFF = re.compile(
    r"\bcheck_function_bodies\b[\s'\"]*(?:=|,|\bto\b)[\s'\"]*(?:off|false|no|0)\b", re.IGNORECASE
)
#: Statements that run others: what they make may well have been dropped by them before.
_BLOCKS = frozenset({"DO", "CALL", "SELECT"})


@dataclass(frozen=True, slots=True)
class Texts:
    """`conditional`: what statements with IF [NOT] EXISTS name. `blocks`: statements that run
    others. `renames`: those that give things another name or schema. `cascades`: those with
    CASCADE, which drop what is used as well. `replaces`: those with OR REPLACE. `protects`: those
    that set row-level security. `alters`: the columns that each ALTER TABLE alters, by raw
    identity. `drops`: the first that drops a thing, likewise. `mentions`: what each that makes
    something uses, likewise. `shown`: what conditional statements made in some replay, `dropped`:
    what they dropped; `learn` adds to both. `unneeded`: see `Timeline`. `bodies_off`: whether any
    switches off that functions' bodies are checked. `comments`: those that say something of a
    thing. `unnamed`: those that leave it to the server to find a name that nothing has. `lacked`:
    what the server found lacking for a statement in some replay; `find_lacking` adds to it."""

    conditional: Mapping[Position, vain.Named] = field(default_factory=dict)
    blocks: frozenset[Position] = frozenset()
    renames: frozenset[Position] = frozenset()
    cascades: frozenset[Position] = frozenset()
    replaces: written_again.Replacing = field(default_factory=dict)
    protects: written_again.Protecting = field(default_factory=dict)
    alters: Mapping[Position, frozenset[str]] = field(default_factory=dict)
    drops: Mapping[str, Position] = field(default_factory=dict)
    mentions: Mapping[Position, frozenset[str]] = field(default_factory=dict)
    shown: vain.Shown = field(default_factory=dict)
    dropped: set[tuple[Position, ObjectId]] = field(default_factory=set)
    unneeded: set[tuple[Position, ObjectId]] = field(default_factory=set)
    bodies_off: bool = False
    comments: written_again.Replacing = field(default_factory=dict)
    unnamed: frozenset[Position] = frozenset()
    lacked: found_lacking.Lacked = field(default_factory=dict)


def read(inventory: Inventory) -> Texts:
    """Read the texts of all statements."""
    from reconcile_pipeline.migrations.paths import named_statements

    named = tuple(named_statements(inventory.files))
    blocks, renames, replaces, cascades, unnamed = set(), set(), set(), set(), set()
    for number, file in enumerate(inventory.files):
        for statement in file.statements:
            if _CASCADE.search(statement.sql):
                cascades.add((number, statement.index))
            if statement.tag.upper() in _BLOCKS:
                blocks.add((number, statement.index))
            elif statement.tag.upper() == "CREATE INDEX" and _UNNAMED.search(statement.sql):
                unnamed.add((number, statement.index))
            elif _REPLACES.match(statement.sql):
                replaces.add((number, statement.index))
            elif _RENAMES.search(statement.sql):
                renames.add((number, statement.index))
    return Texts(
        vain.conditional(named), frozenset(blocks), frozenset(renames), frozenset(cascades),
        written_again.replacing(named, replaces), written_again.protecting(named),
        _altered_columns(named), dropped_first.first_drops(named), built_upon.mentions(named),
        bodies_off=any(_BODIES_OFF.search(file.text) for file in inventory.files),
        comments=written_again.commenting(named), unnamed=frozenset(unnamed),
    )  # fmt: skip


def _altered_columns(named: NamedStatements) -> Mapping[Position, frozenset[str]]:
    return {
        (number, statement.index): frozenset(n for n in names.altered if n.count(".") > 1)
        for number, statement, names in named
        if statement.tag.upper() == "ALTER TABLE" and len(names.altered) > 1
    }


def learn(texts: Texts, replay: Replay) -> frozenset[tuple[Position, ObjectId]]:
    """Note what this replay shows of what conditional statements make and drop, and tell what is
    new of what they make."""
    news = set()
    for run in replay.runs:
        position = (run.file, run.index)
        if position not in texts.conditional:
            continue
        for effect in run.effects:
            key, after = (position, effect.id), effect.after
            if effect.change is Change.DROPPED:
                texts.dropped.add(key)
            if effect.change is not Change.CREATED or after is None:
                continue
            if texts.shown.get(key) != after:
                texts.shown[key] = after
                news.add(key)
    return frozenset(news)


def find_lacking(texts: Texts, timeline: Timeline, replay: Replay) -> None:
    """Note what the server found lacking in this replay, before `add`."""
    found_lacking.learn(texts.lacked, timeline, replay.runs, texts.mentions, texts.blocks)


def add(timeline: Timeline, texts: Texts) -> None:
    """Put into the timeline what the texts tell."""
    timeline.unneeded = texts.unneeded
    renamed.add(timeline, texts.renames)
    vain.add(timeline, texts.conditional, texts.shown, texts.dropped)
    dropped_first.add(timeline, texts.drops)
    written_again.add(timeline, texts.replaces)
    written_again.add_protecting(timeline, texts.protects)
    written_again.add_keys(timeline)
    written_again.add_comments(timeline, texts.comments)
    timeline.whole |= texts.replaces.keys()
    timeline.guarded |= texts.conditional.keys() | texts.unnamed
    timeline.blocks |= texts.blocks
    called = built_upon.callable_by_name(timeline)
    for position, effects in timeline.by_statement.items():
        made = {e.id for e in effects if e.change is Change.CREATED}
        if position in texts.blocks:
            moved = renamed.moved(effects)
            timeline.again |= {(position, id) for id in made - moved.keys()}
            for id, was in moved.items():
                timeline.former[position, id] = was
                timeline.need(position, id, was.id, True)
            continue
        _all_or_none(timeline, position, effects, texts.alters.get(position, frozenset()))
        used = texts.mentions.get(position, frozenset())
        for other in built_upon.built_upon(timeline, effects, used, called) - made:
            for id in made:
                timeline.need(position, id, other, True)
        former = renamed.former(effects) if position in texts.renames else {}
        for effect in effects:
            if effect.change is not Change.CREATED:
                continue
            if effect.id in former:
                timeline.former[position, effect.id] = former[effect.id]
                timeline.need(position, effect.id, former[effect.id].id, True)
            elif effect.parent in made and timeline.possible_before(effect.parent, position):
                # A table that is there already keeps the columns that it has.
                timeline.need(position, effect.id, effect.parent, False)
    found_lacking.add(timeline, texts.lacked)
    goes_with.add(timeline)
    in_use.add(timeline, texts.cascades)
    goes_along.add(timeline)


def _all_or_none(
    timeline: Timeline, position: Position, effects: Sequence[Difference], columns: Set[str]
) -> None:
    """A statement that alters several columns does nothing where one is not there, even one that
    was so before; of those that production has, somebody may have made one beforehand."""
    for other in (ObjectId(Kind.COLUMN, name) for name in columns):
        if other not in timeline.by_object or timeline.actual(other) is not None:
            continue
        if timeline.possible_before(other, position):
            for effect in effects:
                if effect.id != other and effect.change is Change.ALTERED:
                    timeline.need(position, effect.id, other, True)
