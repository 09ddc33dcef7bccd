"""Drift cases that nobody wrote: random directories, productions and changes by hand.

A verdict may differ from the truth only where it explains production with no more assumptions than
the truth itself makes: nobody could tell then.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.attribution.drifting.case import Case, run_case
from reconcile_pipeline_tests.attribution.drifting.grammar import directory
from reconcile_pipeline_tests.attribution.drifting.hosted import hosted

T = TypeVar("T")
SHORT = settings(
    max_examples=1, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
LONG = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def platform() -> Iterator[Server]:
    """A server for productions with the platform's extensions."""
    with hosted() as running:
        yield running


def check(server: Server, files: int, draw: st.DataObject) -> Case:
    """Make a case, judge it, and hold the property."""

    def pick(options: Sequence[T], /) -> T:
        return draw.draw(st.sampled_from(options))

    base, texts = directory(pick, files)
    chance = draw.draw(st.randoms(use_true_random=False, note_method_calls=False))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text)
        return hold(server, Path(folder), chance, base)


def hold(server: Server, folder: Path, chance: random.Random, base: Sequence[str]) -> Case:
    """The property itself: no swap, and no more assumed than what really happened."""
    case = run_case(server, "generated", folder, chance, changes=(0, 4), base=base)
    outcome, done = case.outcome, "; ".join(sql for _, sql in case.hand)
    told = [*outcome.wrong, *map(str, outcome.missed), *map(str, outcome.invented)]
    if told:
        assert case.explains, f"Its verdicts do not give production: {told}. By hand: {done}"
        assert case.assumed <= case.happened, f"{told}. By hand: {done}"
    return case


@SHORT
@given(st.data())
def test_verdicts_assume_no_more_than_what_happened(platform: Server, draw: st.DataObject) -> None:
    case = check(platform, 5, draw)
    assert len(case.scan.attribution.migrations) == 5


@pytest.mark.soak
@LONG
@given(st.data())
def test_verdicts_assume_no_more_than_what_happened_in_many(
    platform: Server, draw: st.DataObject
) -> None:
    check(platform, draw.draw(st.integers(2, 12)), draw)
