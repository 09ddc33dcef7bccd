"""Cases as data: one SQL file a case, `drift/` and `more/` with what is to be seen, `no_drift/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_EXPECT = re.compile(r"^-- expect: (\w+) (.+?) (created|altered|dropped)(?:: (.+))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """`expected`: (kind, identity, change, facets that differ, None where all of them do)."""

    name: str
    sql: str
    expected: frozenset[tuple[str, str, str, frozenset[str] | None]]


def load(*folders: str) -> list[Case]:
    """All cases of these folders, in the order of their names."""
    cases = []
    for folder in folders:
        for path in sorted((HERE / folder).glob("*.sql")):
            sql = path.read_text()
            expected = frozenset(
                (kind, identity, change, frozenset(facets.split()) if facets else None)
                for kind, identity, change, facets in _EXPECT.findall(sql)
            )
            cases.append(Case(path.stem, sql, expected))
    return cases
