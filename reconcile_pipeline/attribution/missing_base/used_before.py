"""What files use before one of them makes it: it was there already, made in a dashboard.

A policy calls a function in the third file, and the ninth has `CREATE OR REPLACE FUNCTION` for it.
Where production has the policy, the function was there before all files, and on a shadow without it
every file between would fail.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.migrations.model import MigrationFile

_CONDITIONAL = re.compile(
    r"\b(?:if\s+not\s+exists|create\s+(?:or\s+replace|extension|schema))\b", re.IGNORECASE
)
_IF_EXISTS = re.compile(r"\bif\s+exists\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a statement uses, and what it makes with that."""

    used: frozenset[str]
    made: frozenset[str]


def used_before(
    files: Iterable[MigrationFile], production: Snapshot, kinds: Iterable[str]
) -> frozenset[str]:
    """The raw identities of what was there before the files that make it.

    Only what a file makes unless it is there counts: any other CREATE would have failed. Whether
    the uses worked is told by what those statements make: no more of it may be missing in
    production without a later statement that drops it than is there. `kinds`: raw identities of
    production that can be meant.
    """
    from reconcile_pipeline.migrations.paths import named_statements

    first: dict[str, int] = {}
    conditional: set[str] = set()
    last_drop: dict[str, int] = {}
    statements: list[_Statement] = []
    for _, statement, found in named_statements(files):
        if _CONDITIONAL.search(statement.sql):
            conditional |= found.created - first.keys()
        for name in found.created:
            first.setdefault(name, len(statements))
        last_drop |= dict.fromkeys(found.dropped, len(statements))
        tried = _IF_EXISTS.search(statement.sql) is not None
        used = frozenset() if tried else (found.mentioned | found.altered) - found.created
        statements.append(_Statement(used, found.created))
    wanted = conditional.intersection(kinds)
    early = [
        (name, place)
        for place, statement in enumerate(statements)
        for name in statement.used & wanted
        if place < first[name] and statement.made
    ]
    if not early:
        return frozenset()
    there = {id.identity.partition("(")[0] for id in production.ids()}
    worked: Counter[str] = Counter()
    untold: set[str] = set()
    for name, place in early:
        missing = statements[place].made - there
        if not missing:
            worked[name] += 1
        elif not all(_dropped(one, place, last_drop) for one in missing):
            worked[name] -= 1
        else:
            untold.add(name)
    # Of uses that nothing is left of, people would have noticed that they fail.
    return frozenset(name for name, _ in early if worked[name] > (-1 if name in untold else 0))


def _dropped(name: str, place: int, last_drop: dict[str, int]) -> bool:
    """Whether a later statement drops it, or what it belongs to."""
    parts = name.split(".")
    above = (".".join(parts[:n]) for n in range(2, len(parts) + 1))
    return any(last_drop.get(one, -1) > place for one in above)
