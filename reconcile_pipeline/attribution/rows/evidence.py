"""What rows tell of each statement, over the replays of one search: production's and the shadow's.

That production lacks a statement's rows tells something only where the replay still has them at
its end: rows that a later statement deletes, rewrites or drops with their table are nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from psycopg import Connection

from reconcile_pipeline.attribution.model import RowEffect
from reconcile_pipeline.attribution.rows import lookup as rows
from reconcile_pipeline.attribution.rows.made_up import written
from reconcile_pipeline.attribution.rows.twins import keys_of, made_again, twins
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.traces import RowFacts
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.migrations.model import Inventory
from reconcile_pipeline.shadow.model import Outcome, Replay, Run

FEW_FILES = 5  # that write to one table, so that it may be a log of them

Connecting = Callable[[], AbstractContextManager[Connection[Any]]]


class RowEvidence:
    """Looks up the rows of each replay in production, and in the shadow at that replay's end.

    `shadow`: opens a connection to the shadow database, which nobody else changes meanwhile.
    `found`: what was found of the last replay's statements.
    """

    def __init__(
        self, inventory: Inventory, production: Connection[Any], shadow: Connecting
    ) -> None:
        self.found: dict[Position, tuple[RowEffect, ...]] = {}
        self._inventory = inventory
        self._known = written(inventory)
        self._production = rows.RowLookup(production, self._known)
        self._shadow = shadow
        self._replaced: dict[Position, tuple[bool, ...]] = {}

    def read(self, replay: Replay) -> RowFacts:
        """Look up the rows of this replay, which the shadow is at the end of."""
        self._look_up(replay)
        self._compare(replay)
        self._mark()
        alike = twins(keys_of(replay, self._production))
        logs = self._logs()
        found = {}
        for position, effects in self.found.items():
            facts = rows.facts(effects, position in alike)  # one each
            logged = (f for f, effect in zip(facts, effects, strict=True) if effect.table in logs)
            found[position] = (*facts, *logged)
        return found

    def conclude(self, replay: Replay, ran: Mapping[Position, bool]) -> None:
        """Look up the rows of the chosen replay again, now that it is known what ran."""
        self._look_up(replay)
        self._mark()
        for position in made_again(keys_of(replay, self._production), ran):
            self.found[position] = tuple(
                replace(effect, replaced=True) for effect in self.found.get(position, ())
            )

    def _logs(self) -> frozenset[str]:
        """Tables of which most files write a row of their own, as of the schema's version. Nobody
        deletes one of these, so that each counts twice."""
        wrote = Counter(
            table
            for table, _ in {
                (effect.table, number)
                for (number, _), effects in self.found.items()
                for effect in effects
                if effect.change is Change.CREATED
            }
        )
        most = max(FEW_FILES, len(self._inventory.files) / 2)
        return frozenset(table for table, files in wrote.items() if files >= most)

    def _look_up(self, replay: Replay) -> None:
        self.found = {}
        for run in replay.runs:
            if effects := self._production.effects(run, self._sql(run)):
                self.found[run.file, run.index] = effects

    def _mark(self) -> None:
        for position, effects in self.found.items():
            replaced = self._replaced.get(position, ())
            if len(replaced) == len(effects):
                self.found[position] = tuple(
                    replace(effect, replaced=gone)
                    for effect, gone in zip(effects, replaced, strict=True)
                )

    def _compare(self, replay: Replay) -> None:
        """Note which rows the replay itself lacks at its end, of the statements that it ran; of
        the others it is known from the last replay that ran them."""
        asked = [
            run
            for run in replay.runs
            if run.outcome is Outcome.RAN
            and any(map(missing, self.found.get((run.file, run.index), ())))
        ]
        if not asked:
            return
        with self._shadow() as connection:
            lookup = rows.RowLookup(connection, self._known)
            for run in asked:
                there = self.found[run.file, run.index]
                here = lookup.effects(run, self._sql(run))
                self._replaced[run.file, run.index] = _both_missing(there, here)

    def _sql(self, run: Run) -> str:
        return self._inventory.files[run.file].statements[run.index].sql


def missing(effect: RowEffect) -> bool:
    """Whether most of the rows are not there, or not so."""
    return effect.matched is not None and effect.matched * 2 <= effect.rows


def _both_missing(there: Sequence[RowEffect], here: Sequence[RowEffect]) -> tuple[bool, ...]:
    return tuple(missing(one) and missing(other) for one, other in zip(there, here, strict=True))
