"""Many small questions in one message: of some thousand tables, the way to the server takes longer
than the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Composed

#: Questions in one message: few enough to be planned fast, and to be asked again where one fails.
AT_ONCE = 50


def ask_together(
    connection: Connection[Any], questions: Sequence[Composed], alone: Callable[[int], Any]
) -> Iterator[Any]:
    """The answers, in their order: each question is a query of one value.

    Where the server refuses one of those in a message, or takes too long over them, each is asked
    by `alone(number)`, which knows what an error means. A statement timeout is the caller's; it
    bounds each message. Raises what `alone` raises, where a lock is not free, and where the
    connection is lost.
    """
    for first in range(0, len(questions), AT_ONCE):
        chunk = questions[first : first + AT_ONCE]
        row = _one_message(connection, chunk) if len(chunk) > 1 else None
        numbers = range(first, first + len(chunk))
        yield from row if row is not None else map(alone, numbers)


def _one_message(connection: Connection[Any], questions: Sequence[Composed]) -> Any:
    asked = SQL(", ").join(SQL("({})").format(each) for each in questions)
    try:
        with connection.transaction():
            return connection.execute(SQL("SELECT {}").format(asked)).fetchone()
    except psycopg.DatabaseError as error:
        if connection.closed or isinstance(error, errors.LockNotAvailable):
            raise
        return None
