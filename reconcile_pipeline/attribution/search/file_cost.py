"""How much has to be assumed of a file that did not run whole, and of rows that are missing.

In units of one change made by hand, as in `cost`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

NEVER_RAN = (
    0.9  # a file that was not run at all: below HAND, so that a lone effect's absence is that
)
NEVER_EITHER = 0.5  # … when the file before or after it was not run either
UPON_NOTHING = 0.1  # … when what all of it is built upon was never made: that explains it
CUT_OFF = 0.82  # a file that stopped in the middle
CUT_LENGTH = 0.06  # … times ln(statements / places): that the cut is at one of just these places
CUT_LAST = 0.21  # … and lacks just one object of many: that was mostly removed by hand
NO_TRACE = 0.5  # … and what ran of it left nothing but what is gone: rather it never ran
ALL_UNDONE = 0.5  # a file that ran whole, and nothing that it did is as it left it
FEW = 3  # statements of a file of which one missing is as much as a cut
GAP = 2.2  # a statement missing elsewhere than at the end: that was mostly removed by hand
LONG_GAP = 1.85  # … two side by side: that people took away just what stands together is seldom
LONG_GAP_LENGTH = 0.05  # … each further one
GAP_FIRST = 1.5  # … that shows to be at the very beginning: a file is run from there
ALONE = 0.3  # not run whole long before the others: cut off, or never run though it is recorded
RECORDED_NEVER = 0.04  # a recorded file that never ran
RECORDED_CUT = 0.06  # a tool runs files whole
RECORDED_GAP = 0.3

ROWS_MISSING = 1.0  # it ran, but its rows are gone: rows are also deleted in daily use
ROWS_MISSING_TOO = 0.6  # … and those of another statement, where the file's others are there
ROWS_THERE = 0.9  # it did not run, but its rows are there
ROWS_WEAK = 0.2  # a condition that holds also where nothing ran
WEAK_MOST = 0.4  # … many of one file
FAILED = 0.3  # a statement that ran but cannot have worked, by the replay
FAILED_TOO = 0.1  # … another one of the same file: often for the same reason


def file_cost(
    kept: Sequence[bool],
    recorded: bool,
    beside_never: bool = False,
    alone: bool = False,
    one_object: bool = False,
    places: Sequence[int] = (),
    upon_nothing: bool = False,
) -> float:
    """The price of a file that ran only in part. `kept`: its checkable statements, in order.

    `beside_never`: the file before or after it never ran, or the one before stopped; files wait in
    rows. `alone`: it stands long before the others that did not run whole. `one_object`: one object
    is all that production lacks of what it makes. `places`: how many of its statements end with
    each of the checkable ones, and how many come after the last: those between leave nothing, so
    that of them all looks the same. Without it all are checkable. `upon_nothing`: none of it could
    have worked.
    """
    if all(kept):
        return 0.0
    if not any(kept):
        never = NEVER_EITHER if beside_never else NEVER_RAN
        never = UPON_NOTHING if upon_nothing else never
        return never + (RECORDED_NEVER + (ALONE if alone else 0.0) if recorded else 0.0)
    places = places or (1,) * len(kept)
    statements = sum(places)
    missing = stretches([not keep for keep in kept])
    cost = 0.0
    for begin, end in missing:
        if end == len(kept) and len(missing) == 1:
            cost += CUT_OFF + CUT_LENGTH * math.log(statements / places[begin])
            cost += CUT_LAST if one_object and statements > FEW else 0.0
            cost += (RECORDED_CUT if recorded else 0.0) + (ALONE if alone else 0.0)
        else:
            cost += gap_cost(end - begin) + (RECORDED_GAP if recorded else 0.0)
            cost += GAP_FIRST if begin == 0 and places[0] == 1 else 0.0
    return cost


def gap_cost(length: int) -> float:
    """The price of so many statements missing in the middle of a file."""
    return GAP if length == 1 else LONG_GAP + LONG_GAP_LENGTH * (length - 2)


def stretches(marked: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive marked places."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for number, mark in enumerate([*marked, False]):
        if mark and begin is None:
            begin = number
        elif not mark and begin is not None:
            found.append((begin, number))
            begin = None
    return found


def rows_cost(found: Iterable[tuple[bool | None, bool]], kept: bool) -> tuple[float, float]:
    """The price of a statement's row evidence: (rows are there, evidence is exact) a table.

    What is exact adds up; what is weak does so for a file only up to `WEAK_MOST`, since what undid
    one statement's rows has often undone those of the next.
    """
    exact_cost = weak = 0.0
    for there, exact in found:
        if there is None or kept is there:
            continue
        if exact:
            exact_cost += ROWS_MISSING if kept else ROWS_THERE
        else:
            weak += ROWS_WEAK
    return exact_cost, weak


def missing_cost(statements: Sequence[float], facts: Iterable[tuple[bool | None, bool]]) -> float:
    """The price of the statements of a file whose rows are gone, by what each costs alone.

    `facts`: what is known of all rows of the file. Where none of them is there, the table was
    emptied, which is one thing done.
    """
    if not statements:
        return 0.0
    some = len(statements) > 1 and any(exact and there for there, exact in facts)
    return max(statements) + (ROWS_MISSING_TOO * (len(statements) - 1) if some else 0.0)
