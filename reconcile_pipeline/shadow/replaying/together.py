"""Which statements may run in one message: those that only change the catalog, and rarely surprise.

A message costs more than many a statement. So a row of statements is sent at once; the recorder
notes which of them each of its words comes of, and is asked at the end. What comes out otherwise
than expected is taken back, and run one by one. Nothing here need be right for that reason, only
mostly right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow.replaying import reach
from reconcile_pipeline.shadow.replaying.execute import COPY
from reconcile_pipeline.shadow.replaying.prepare import Prepared, Way

#: So many at most: what fails late has all before it run twice.
AT_ONCE = 40

#: Commands that write no rows, and touch no catalog that is watched by its counters alone.
_TAGS = frozenset({
    "CREATE TABLE", "CREATE INDEX", "CREATE POLICY", "CREATE TRIGGER", "CREATE FUNCTION",
    "CREATE PROCEDURE", "CREATE VIEW", "CREATE TYPE", "CREATE DOMAIN", "CREATE SEQUENCE",
    "CREATE SCHEMA", "ALTER TABLE", "ALTER POLICY", "ALTER FUNCTION", "DROP POLICY",
    "DROP TRIGGER", "DROP FUNCTION", "DROP VIEW", "COMMENT",
})  # fmt: skip
_EVERY = frozenset(Kind)


def how_many(
    ready: Iterable[tuple[Statement, Prepared]],
    supplied: Mapping[tuple[int, int], object],
    file: int,
) -> int:
    """How many of these statements, from the first on, go well in one message; at least one.

    One that may change again what an earlier one changed is not among them: what that one did must
    be read first; nor one of an earlier one's very words, which the recorder could not tell apart.
    `supplied`: (file, statement) -> what must run before it.
    """
    count = 0
    changed: dict[str, frozenset[Kind]] = {}
    texts: set[str] = set()
    for statement, prepared in ready:
        if count == AT_ONCE or (file, statement.index) in supplied or not _fit(statement, prepared):
            break
        aim = reach.aim(statement)
        if aim.reach is reach.Reach.EVERYTHING or prepared.sql in texts:
            break
        kinds = aim.kinds or _EVERY
        again = aim.reach is reach.Reach.NAMED and aim.facets is None and not aim.column
        if again and any(kinds & changed[name] for name in aim.names & changed.keys()):
            break
        texts.add(prepared.sql)
        for name in aim.names:
            changed[name] = changed.get(name, frozenset()) | kinds
        count += 1
    return max(count, 1)


def _fit(statement: Statement, prepared: Prepared) -> bool:
    tag = statement.tag.upper()
    return tag in _TAGS and prepared.way is Way.OWNER and not COPY.search(prepared.sql)
