"""Our prepared statements on a connection that others run code on, and whether they are ours still.

A migration file may drop a statement of ours and prepare its own under that name, which shows of
the catalog what it likes. What it cannot forge is when: the server notes the beginning of the
message that prepared a statement, and ours was prepared in a message of ours.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection

#: Written so that nothing on a file's own search path has a part in it: no operator, no cast.
_THERE = """
SELECT p.name, pg_catalog.date_part('epoch', p.prepare_time), p.statement
  FROM pg_catalog.pg_prepared_statements p"""

#: Connection -> name -> when it was prepared; None until the server was asked.
_known: WeakKeyDictionary[Connection[Any], dict[str, float | None]] = WeakKeyDictionary()


def is_known(connection: Connection[Any], name: str) -> bool:
    """Whether we have prepared it here; somebody may have dropped it since."""
    return name in _known.get(connection, {})


def note(connection: Connection[Any], name: str) -> None:
    """We are about to prepare it; `confirm` must follow before anybody else's code runs."""
    _known.setdefault(connection, {})[name] = None


def confirm(connection: Connection[Any]) -> None:
    """Ask when what is new was prepared. Nothing is asked where nothing is."""
    known = _known.get(connection, {})
    if None in known.values():
        times = {name: time for name, time, _ in _there(connection)}
        _known[connection] = {n: times.get(n) if t is None else t for n, t in known.items()}


def forget_lost(connection: Connection[Any]) -> None:
    """Know only those that are there still; the others are prepared anew."""
    known = _known.get(connection, {})
    there = {name: time for name, time, _ in _there(connection) if name in known}
    _known[connection] = {n: there[n] if t is None else t for n, t in known.items() if n in there}


def replaced(connection: Connection[Any]) -> tuple[str, ...]:
    """What others have prepared under names of ours: their statements' texts."""
    known = _known.get(connection, {})
    return tuple(
        text
        for name, time, text in _there(connection)
        if name in known and known[name] not in (None, time)
    )


def _there(connection: Connection[Any]) -> list[tuple[str, float, str]]:
    if not _known.get(connection):
        return []
    return connection.execute(_THERE, prepare=False).fetchall()
