"""Statements whose rows another statement makes, too: finding them says little of either."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from reconcile_pipeline.attribution.rows.lookup import RowLookup
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.shadow.model import Replay

MOST_ROWS = 2000  # a statement; more are not compared


Keys = Mapping[Position, frozenset[str]]


def keys_of(replay: Replay, lookup: RowLookup) -> Keys:
    """By statement, the rows that it makes, each by the key that finds it."""
    made: dict[Position, frozenset[str]] = {}
    for run in replay.runs:
        keys: set[str] = set()
        for change in run.rows:
            if change.updated or change.truncated or len(change.rows) > MOST_ROWS:
                continue
            columns = lookup.found_by(change.schema, change.table, change.rows)
            for row in change.rows if columns else ():
                values = json.loads(row)
                key = [change.schema, change.table, *(values.get(c) for c in columns)]
                keys.add(json.dumps(key))
        if keys:
            made[run.file, run.index] = frozenset(keys)
    return made


def twins(made: Keys) -> frozenset[Position]:
    """The statements all of whose rows come from others as well."""
    counts = Counter(key for keys in made.values() for key in keys)
    return frozenset(p for p, keys in made.items() if all(counts[key] > 1 for key in keys))


def made_again(made: Keys, ran: Mapping[Position, bool]) -> frozenset[Position]:
    """The statements all of whose rows a later one that ran makes again: they were gone."""
    found: set[Position] = set()
    later: set[str] = set()
    for position in sorted(made, reverse=True):
        if made[position] <= later:
            found.add(position)
        if ran[position]:
            later |= made[position]
    return frozenset(found)
