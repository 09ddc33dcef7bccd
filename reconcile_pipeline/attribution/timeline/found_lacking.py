"""What a statement cannot do without, as the server said when a replay lacked it.

A function's body is a text: that it reads a column is not in the catalog, and that its statement
fails without that column only the server tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from reconcile_pipeline.attribution import said
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.shadow.model import Run

#: By statement, what it was found to need.
Lacked = dict[Position, set[ObjectId]]

_RELATIONS = frozenset({Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.SEQUENCE})
_TYPES = frozenset({Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE})
_ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE})
#: By SQLSTATE, the server's words and the kinds of what they can mean.
_SAID = {
    said.UNDEFINED_COLUMN: (said.COLUMN, frozenset({Kind.COLUMN})),
    said.UNDEFINED_TABLE: (said.RELATION, _RELATIONS),
    said.UNDEFINED_FUNCTION: (said.ROUTINE, _ROUTINES),
    said.UNDEFINED_OBJECT: (said.TYPE, _TYPES),
}


def learn(
    lacked: Lacked,
    timeline: Timeline,
    runs: Iterable[Run],
    mentions: Mapping[Position, Set[str]],
    blocks: Set[Position],
) -> None:
    """Note what the server found lacking in this replay, where only one object can be meant: of
    those that files make, were not there then, and are not in production.

    `mentions`: what statements read or use, by raw identity. `blocks`: statements that run others,
    and may do some of what they do without it.
    """
    failed = [
        run
        for run in runs
        if run.sqlstate in _SAID and run.effects and (run.file, run.index) not in blocks
    ]
    named = _by_last_word(timeline) if failed else {}
    for run in failed:
        position = (run.file, run.index)
        meant = [
            id
            for id in _meant(run, named, mentions.get(position, frozenset()))
            if timeline.possible_before(id, position) and timeline.in_replay(id, position) is None
        ]
        if len(meant) == 1 and timeline.actual(meant[0]) is None:
            lacked.setdefault(position, set()).update(meant)


def add(timeline: Timeline, lacked: Lacked) -> None:
    """Let such statements change nothing where that is not there."""
    for position, ids in lacked.items():
        for effect in timeline.by_statement.get(position, ()):
            for other in ids - {effect.id}:
                timeline.need(position, effect.id, other, True)


def _by_last_word(timeline: Timeline) -> Mapping[str, Sequence[ObjectId]]:
    """What files make, by its name alone."""
    found: dict[str, list[ObjectId]] = {}
    for id in timeline.by_object:
        found.setdefault(_name(id).rpartition(".")[2], []).append(id)
    return found


def _name(id: ObjectId) -> str:
    return id.identity.partition("(")[0]


def _meant(
    run: Run, named: Mapping[str, Sequence[ObjectId]], mentioned: Set[str]
) -> Iterator[ObjectId]:
    """What the server's words can mean, of what files make."""
    words, kinds = _SAID[run.sqlstate]
    if (match := words.search(run.error)) is None:
        return
    told = match.groupdict()
    names = [told.get("table"), told.get("column") or told.get("name")]
    wanted = "." + ".".join(name.replace('"', "") for name in names if name)
    for id in named.get(wanted.rpartition(".")[2], ()):
        if id.kind not in kinds or not f".{_name(id)}".endswith(wanted):
            continue
        if id.kind is not Kind.COLUMN or _uses(run, _name(id).rpartition(".")[0], mentioned):
            yield id


def _uses(run: Run, table: str, mentioned: Set[str]) -> bool:
    """Whether the statement is about the table: a routine where its text has that word."""
    texts = [str(after["body"]) for e in run.effects if (after := e.after) and "body" in after]
    word = re.compile(rf"\b{re.escape(table.rpartition('.')[2])}\b")
    return any(map(word.search, texts)) if texts else table in mentioned
