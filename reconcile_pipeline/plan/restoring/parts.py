"""A part of a restore: statements that run together, and what shows how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.plan.completion.altered import Question

#: The name of an index that is dropped once the one that takes its place is built.
BEFORE = "__before"
#: The name of an index that takes the place of a key's, until it is the key's.
AFTER = "__after"


@dataclass(frozen=True, slots=True)
class Part:
    """Statements that run together, each with the object that it is for.

    `begun`: objects that a later part ends -> what shows that this one is behind them; it need not
    show any more once they are ended. `upon`: what has to be there, and `done`: what shows that it
    ran, where no object's state tells. `undo`: the way back, where it is not the objects' own;
    `returns`: objects that were begun earlier, and that this part's way back makes as they were.
    """

    statements: tuple[tuple[ObjectId, str], ...]
    transactional: bool = True
    begun: dict[ObjectId, Question] = field(default_factory=dict)
    upon: tuple[Question, ...] = ()
    done: tuple[Question, ...] = ()
    undo: tuple[str, ...] = ()
    returns: frozenset[ObjectId] = frozenset()

    @property
    def sql(self) -> tuple[str, ...]:
        """The commands alone."""
        return tuple(text for _, text in self.statements)


def beside(name: str, suffix: str) -> str:
    """The name with the suffix, no longer than the server keeps it."""
    return name.encode()[: 63 - len(suffix)].decode(errors="ignore") + suffix
