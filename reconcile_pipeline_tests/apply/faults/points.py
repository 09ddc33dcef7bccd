"""The points of an apply at which something can come between: before each command and each write.

Counted in the applying thread alone: a command that goes to the server (BEGIN and COMMIT as well),
and a call by which files are written, moved or brought to disk. What is counted really happens.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from reconcile_pipeline.apply.progress import Event

CALLS = ("write", "fsync", "link", "unlink", "rename", "replace", "mkdir")
OPENING = "opening"


@dataclass(frozen=True, slots=True)
class Point:
    """One of them: its `number` from 1, the `step` that runs, and what comes next.

    `what`: command, commit (also a rollback), or the name of the call.
    """

    number: int
    step: str
    what: str


@dataclass(slots=True)
class Points:
    """Counts them, and calls `act` when the one of that number is about to happen; 0: never.

    `act` gets the connection that is about to be used, or the last one that was.
    """

    number: int = 0
    act: Callable[[Connection[Any] | None], None] = lambda connection: None
    seen: list[Point] = field(default_factory=list)
    step: str = OPENING
    _connection: Connection[Any] | None = None

    @property
    def fired(self) -> bool:
        """True when the point of that number has come."""
        return 0 < self.number <= len(self.seen)

    def follow(self, event: Event) -> None:
        """Progress of the apply: says which step runs."""
        self.step = event.step or event.text.split(":")[0].split(",")[0]

    def install(self) -> None:
        """Count from now on, for the rest of this process's life."""
        here = threading.get_ident()
        wait = Connection.wait

        def counted_wait(connection: Connection[Any], *given: Any, **more: Any) -> Any:
            if threading.get_ident() != here:
                return wait(connection, *given, **more)
            self._connection = connection
            inside = connection.pgconn.transaction_status != TransactionStatus.IDLE
            place = self._count("command")
            result = wait(connection, *given, **more)
            if inside and connection.pgconn.transaction_status == TransactionStatus.IDLE:
                self.seen[place] = Point(place + 1, self.seen[place].step, "commit")
            return result

        Connection.wait = counted_wait  # type: ignore[assignment]
        for name in CALLS:
            setattr(os, name, self._counted(name, getattr(os, name), here))

    def _counted(self, name: str, call: Callable[..., Any], here: int) -> Callable[..., Any]:
        def counted(*given: Any, **more: Any) -> Any:
            if threading.get_ident() == here:
                self._count(name)
            return call(*given, **more)

        return counted

    def _count(self, what: str) -> int:
        self.seen.append(Point(len(self.seen) + 1, self.step, what))
        if len(self.seen) == self.number:
            self.act(self._connection)
        return self.number_of_last() - 1

    def number_of_last(self) -> int:
        """How many there were."""
        return len(self.seen)
