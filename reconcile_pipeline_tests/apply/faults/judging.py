"""What must hold however an attempt ended: it finished, or it told the truth about what it left."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconcile_pipeline_tests.apply.faults.attempt import Ending
from reconcile_pipeline_tests.apply.faults.ground import HISTORY, Ground, Look
from reconcile_pipeline_tests.apply.faults.kinds import WAITED_S, Fault, Kind
from reconcile_pipeline_tests.apply.world import PROFILES

#: After these nobody can say how long somebody waited: the watcher's server was gone as well.
UNWATCHED = (Kind.SERVER,)
STEPS = {"table", "trigger", "index", "fill", "history", "files"}
ROWS = {PROFILES: (30, 0, 0), HISTORY: (2, 0, 0)}
_KEPT = re.compile(r"Finished before it, and kept: ([^.]+)\.")
_EITHER = re.compile(r"(?:Of step (?=\w+ either)|Step (?=\w+ may be done))(\w+)")
_FILLED = re.compile(r"(\d+) rows were filled in step (\w+), and are kept")


def judge_attempt(ground: Ground, before: Look, ending: Ending) -> Iterator[str]:
    """What is wrong after the attempt that a fault came into."""
    now = ground.look()
    yield from _others(before, now)
    if ending.how in ("crashed", "hung"):
        yield f"{ending.how}: {ending.message}"
    if ending.how == "finished" and ground.steps_done() != STEPS:
        yield f"finished, but done is only {sorted(ground.steps_done())}"
    if ending.how == "refused":
        yield from _honest(ground, before, now, ending)


def judge_rerun(
    ground: Ground, fault: Fault, before: Look, ending: Ending, gold: Look
) -> Iterator[str]:
    """What is wrong after the rerun with nothing in its way."""
    now = ground.look()
    yield from _others(before, now)
    if ending.how != "finished":
        yield f"the rerun was {ending.how}: {ending.message}"
        return
    if not ending.expected:
        yield "the rerun did not leave the fingerprint that it expected"
    if not ending.watched and fault.kind not in UNWATCHED:
        yield f"it cannot be said how long anybody waited for us: {ending.message}"
    if fault.kind is Kind.KILL_WAITED and ending.longest_ms < WAITED_S * 1000:
        yield f"somebody waited before the kill, and {ending.longest_ms} ms are told"
    if dict(ending.rows) != ROWS:
        yield f"the counters say {dict(ending.rows)}"
    if now.end() != gold.end():
        yield f"the end is another than without a fault: {_difference(now.end(), gold.end())}"


def judge_again(before: Look, now: Look, ending: Ending) -> Iterator[str]:
    """What is wrong after one run more: it must find nothing to do."""
    if ending.how != "finished" or set(ending.outcomes.values()) != {"already"}:
        yield f"one more run: {ending.how}, {dict(ending.outcomes)} {ending.message}"
    if before != now:
        yield "one more run changed something"


def _others(before: Look, now: Look) -> Iterator[str]:
    if before.others(before) != now.others(before):
        yield f"rows of other tables changed: {_difference(before, now)}"


def _honest(ground: Ground, before: Look, now: Look, ending: Ending) -> Iterator[str]:
    if not ending.message.strip() or "Traceback" in ending.message:
        yield f"the refusal says nothing: {ending.message!r}"
    if "example.com" in ending.message or "example.org" in ending.message:
        yield f"the refusal names somebody: {ending.message}"
    if (
        "Nothing was changed." in ending.changed
        and before != now
        and not _EITHER.search(ending.changed)
    ):
        yield f"it says that nothing was changed: {_difference(before, now)}; {ending.message}"
    claimed = {name.strip() for found in _KEPT.findall(ending.changed) for name in found.split(",")}
    done = ground.steps_done()
    if unsaid := claimed - done:
        yield f"it says that {sorted(unsaid)} are kept, and they are not there"
    maybe = {*_EITHER.findall(ending.changed), *(s for _, s in _FILLED.findall(ending.changed))}
    if done - claimed - maybe - _partly(ending):
        yield f"done and not told: {sorted(done - claimed - maybe)}; {ending.message}"


def _partly(ending: Ending) -> set[str]:
    return {"files"} if "files were changed" in ending.changed else set()


def _difference(one: Look, other: Look) -> str:
    told = [
        name
        for mine, theirs in ((one.tables, other.tables), (one.files, other.files))
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    ]
    return ", ".join([*told, *(["the catalog"] if one.fingerprint != other.fingerprint else [])])
