"""Replay a directory on the shadow, statement by statement, and see what each one does.

The catalog is kept in memory and moved on by reading only what the recorder says was touched. To
replay with another choice of statements, the database goes back to a copy from before the first
file that is treated otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from reconcile_pipeline.catalog.model import Difference, Snapshot
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.copies import Copies
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Replay
from reconcile_pipeline.shadow.replaying.pending import Running
from reconcile_pipeline.shadow.replaying.session import Session
from reconcile_pipeline.shadow.replaying.unchecked import Proved
from reconcile_pipeline.shadow.servers.watchdog import Watchdog

Keep = Callable[[int, int], bool]

#: So many statements take longer to replay than the database takes to copy.
WORTH_COPYING = 500

#: So many do before a place that the search will most likely go back to.
WORTH_COPYING_THERE = 50


class Replayer:
    """Replays one directory again and again with other choices; use it as a context manager.

    `start`: the shadow's catalog before any file. `settled`: so many files at the beginning will
    most likely run as they are in every replay. `proved`: what tells of functions whose bodies name
    what is not there that they are there all the same.
    """

    start: Snapshot

    def __init__(
        self,
        database: ShadowDatabase,
        files: Sequence[MigrationFile],
        settled: int = 0,
        proved: Proved | None = None,
    ) -> None:
        self._database = database
        self._files = files
        beforehand = sum(len(file.statements) for file in files[:settled])
        self._settled = settled if beforehand >= WORTH_COPYING_THERE else 0
        self._done: list[_Done] = []
        self._kept = {0: 0}  # file -> moves there had been before it
        self._session: Session | None = None
        self._proved = proved

    def __enter__(self) -> Replayer:
        self._copies = Copies(self._database)
        self._session = Session(self._database, self._proved)
        self.start = self._session.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._session is not None:
            self._session.close()

    def run(self, keep: Keep) -> Replay:
        """Run the statements that `keep(file, index)` names; probe the others where they stand.

        Raises ShadowError where a file runs without end, fills the disk or loses the session.
        """
        with Watchdog(self._database):
            return self._replay(keep)

    def _replay(self, keep: Keep) -> Replay:
        choices = [
            tuple(keep(number, s.index) for s in file.statements)
            for number, file in enumerate(self._files)
        ]
        same = 0
        while same < len(self._done) and self._done[same].kept == choices[same]:
            same += 1
        again = bool(self._done)
        session = self._back_to_before(same)
        # What the search tries next mostly differs from here on too.
        skipped = self._files[len(self._done) : same]
        worth = again and sum(len(file.statements) for file in skipped) >= WORTH_COPYING
        place = same if worth else self._settled
        for number in range(len(self._done), len(self._files)):
            if number == place and number not in self._kept:
                session.follower.settle(session.connection)
                session.check()
                session.close()
                self._kept[number] = session.follower.depth
                self._copies.keep(number)
                session.reconnect()
            self._run_file(session, number, choices[number])
        if same < len(self._files):
            session.follower.look(session.connection)
        session.check()
        runs = tuple(one.done() for done in self._done for one in done.runs)
        return Replay(self.start, runs, session.follower.state.snapshot())

    @property
    def missed(self) -> tuple[Difference, ...]:
        """Changes of the catalog that no statement was seen to make, over all replays."""
        return self._session.follower.missed if self._session else ()

    def supply(self, sql: Mapping[tuple[int, int], Sequence[str]]) -> None:
        """Run this SQL before these statements from now on; what was replayed is forgotten from the
        first file on that this concerns."""
        was = self._session.supplies if self._session else {}
        sql = {position: tuple(commands) for position, commands in sql.items()}
        concerned = [p for p in sql.keys() | was.keys() if sql.get(p) != was.get(p)]
        if concerned:
            self._back_to_before(min(concerned)[0]).supplies = sql

    def tried(self, sql: Mapping[tuple[int, int], Sequence[str]], keep: Keep) -> Replay:
        """A replay as `run` makes it, with this SQL before these statements as well this once."""
        usual = self._session.supplies if self._session else {}
        self.supply({p: (*usual.get(p, ()), *sql.get(p, ())) for p in usual.keys() | sql.keys()})
        replay = self.run(keep)
        self.supply(usual)
        return replay

    def _back_to_before(self, file: int) -> Session:
        session = self._session
        assert session is not None
        if file < len(self._done):
            mark = max(number for number in self._kept if number <= file)
            session.close()
            self._copies.go_back(mark)
            session.reconnect()
            session.follower.take_back(self._kept[mark])
            del self._done[mark:]
            self._kept = {n: depth for n, depth in self._kept.items() if n <= mark}
        return session

    def _run_file(self, session: Session, number: int, kept: tuple[bool, ...]) -> None:
        statements = self._files[number].statements
        if all(kept):
            ahead = self._files[number + 1].statements if number + 1 < len(self._files) else ()
            runs = session.run_file(number, statements, ahead)
        else:
            runs = session.probe_file(number, statements)
            chosen = [s for s, k in zip(statements, kept, strict=True) if k]
            if chosen:
                ran = {run.index: run for run in session.run_file(number, chosen)}
                runs = [ran.get(run.index, run) for run in runs]
        self._done.append(_Done(kept, tuple(runs)))


@dataclass(frozen=True, slots=True)
class _Done:
    """A file that has been run: by which choice, and what it did."""

    kept: tuple[bool, ...]
    runs: tuple[Running, ...]
