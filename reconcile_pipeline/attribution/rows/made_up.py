"""Identifiers that a statement had made up as it ran: production's are others, for the same row.

`INSERT … VALUES (gen_random_uuid(), 'a@example.com')` makes another key each time. What the files
chose stands in their text; a UUID of chance that stands in none was made up, or refers to one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from reconcile_pipeline.migrations.model import Inventory

#: UUIDs of a clock or of chance: versions 1, 4, 6 and 7. Others follow from names.
_MADE_UP = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1467][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def written(inventory: Inventory) -> frozenset[str]:
    """The UUIDs of these kinds that the files' statements say, in small letters."""
    return frozenset(
        found
        for file in inventory.files
        for statement in file.statements
        for found in _MADE_UP.findall(statement.sql.lower())
    )


def made_up(rows: Iterable[str], known: frozenset[str]) -> frozenset[str]:
    """The columns in which a row, each a JSON object, has such a UUID that is not `known`."""
    found: set[str] = set()
    for row in rows:
        if _MADE_UP.search(row) is None:
            continue
        for column, value in json.loads(row).items():
            if isinstance(value, str) and _MADE_UP.fullmatch(value) and value not in known:
                found.add(column)
    return frozenset(found)
