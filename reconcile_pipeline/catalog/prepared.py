"""Our prepared statements on a connection that others run code on, and whether they are ours still.

A migration file may drop a statement of ours and prepare its own under that name, which shows of
the catalog what it likes. What it cannot forge is when: the server notes the beginning of the
message that prepared a statement, and ours was prepared in a message of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg.sql import SQL

from reconcile_pipeline.catalog.template import quoted

#: Written so that nothing on a file's own search path has a part in it: no operator, no cast.
_THERE = """
SELECT p.name, pg_catalog.date_part('epoch', p.prepare_time), p.statement
  FROM pg_catalog.pg_prepared_statements p"""

_PARAMETER = re.compile(r"%\((\w+)\)s")

#: Connection -> name -> when it was prepared; None until the server was asked.
_known: WeakKeyDictionary[Connection[Any], dict[str, float | None]] = WeakKeyDictionary()


def fetch(
    connection: Connection[Any], text: str, values: Mapping[str, str] | None = None
) -> list[tuple[Any, ...]]:
    """The rows of a query that is asked again and again; prepared where the connection itself may
    prepare statements, since it may take longer to plan than to run.

    `values`: for its parameters `%(name)s`, as texts. `confirm` must follow before anybody else's
    code runs. Raises psycopg's InvalidSqlStatementName where somebody deallocated it.
    """
    if connection.prepare_threshold is None:
        return connection.execute(SQL(text), values).fetchall()
    name, numbered, parameters = _numbered(text)
    given = ", ".join(quoted((values or {})[parameter]) for parameter in parameters)
    call = f"EXECUTE {name}" + (f" ({given})" if given else "")
    if is_known(connection, name):
        return connection.execute(SQL(call), prepare=False).fetchall()
    note(connection, name)
    cursor = connection.execute(SQL(f"PREPARE {name} AS {numbered};\n{call}"), prepare=False)
    cursor.nextset()
    return cursor.fetchall()


@cache
def _numbered(text: str) -> tuple[str, str, tuple[str, ...]]:
    """A query's name, the query with `$1`, `$2`, … and the parameters that they stand for."""
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    numbered = _PARAMETER.sub(lambda match: f"${parameters.index(match[1]) + 1}", text)
    return named(text), numbered, parameters


def named(text: str) -> str:
    """The name of a query's prepared statement."""
    from hashlib import sha256  # which takes OpenSSL along, and a whole reading does without

    return "reconcile_" + sha256(text.encode()).hexdigest()[:16]


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
