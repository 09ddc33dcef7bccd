"""What becomes of each file of a directory in a production: whole, cut off, with a gap, never."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.migrations.tags import TRANSACTION

FEW = 3  # statements of a file that may lack just one


class Fate(StrEnum):
    """How much of a file was run."""

    WHOLE = "whole"
    CUT = "cut"  # everything after some statement was not run
    GAP = "gap"  # a run of statements in the middle was not run
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Run:
    """One file's fate: the indices of the statements that were run, and if it was recorded.

    `before`: SQL that somebody ran by hand just before, which was in the file's way.
    """

    fate: Fate
    indices: tuple[int, ...]
    recorded: bool
    before: str = ""


def draw(
    files: Sequence[MigrationFile], chance: random.Random, partly: float = 0.5
) -> tuple[Run, ...]:
    """A fate for each file: the early ones ran whole, as files do; of the rest some did.

    `partly`: the share of the rest that did not run whole.
    """
    certain = chance.randrange(len(files) // 4, max(3 * len(files) // 4, len(files) // 4 + 1))
    runs = []
    for number, file in enumerate(files):
        fate = Fate.WHOLE
        if number >= certain and chance.random() < partly:
            fate = chance.choice((Fate.NEVER,) * 4 + (Fate.CUT,) * 4 + (Fate.GAP,))
        runs.append(_run(file, fate, number < certain, chance))
    return tuple(runs)


def _run(file: MigrationFile, fate: Fate, certain: bool, chance: random.Random) -> Run:
    # Each statement is its own transaction, so that a file can be cut anywhere.
    indices = [s.index for s in file.statements if s.tag not in TRANSACTION]
    count = len(indices)
    if (fate is Fate.CUT and count < 2) or (fate is Fate.GAP and count < 6):
        fate = Fate.NEVER
    if fate is Fate.NEVER:
        indices = []
    elif fate is Fate.CUT:
        # A run of statements is missing, where there can be one, for the same reason as below.
        indices = indices[: chance.randrange(1, count - 1 if count > FEW else count)]
    elif fate is Fate.GAP:
        # At least three: one statement less is what somebody took away by hand.
        begin = chance.randrange(1, count - 4)
        end = chance.randrange(begin + 3, count)
        indices = indices[:begin] + indices[end:]
    recorded = chance.random() < (0.9 if certain else 0.3)
    return Run(fate, tuple(indices), recorded)
