"""A million users: what it costs beside one INSERT … SELECT, and that nobody who signs up notices.

The figures themselves: `python -m benchmarks.backfill`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.backfill import (
    SETTINGS,
    Cost,
    Meanwhile,
    cost,
    empty,
    filled,
    make_world,
    meanwhile,
    memory,
    show,
)
from reconcile_pipeline.shadow.servers.server import temporary
from reconcile_pipeline_tests.apply.making import sql, value

BATCH = 10_000
MANY = 5_000_000  # with the million that is there


@pytest.fixture(scope="module")
def million() -> Iterator[str]:
    """A server with a million users."""
    with temporary(settings=SETTINGS) as server:
        make_world(server.dsn(), 1_000_000)
        yield server.dsn()


@pytest.fixture(scope="module")
def measured(million: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cost, Meanwhile]:
    """All figures, printed."""
    folder = tmp_path_factory.mktemp("runs")
    found = cost(million, BATCH, 3, folder), meanwhile(million, BATCH, 3, folder)
    print()
    show(*found)
    return found


@pytest.mark.soak
def test_a_million_cost_little_more_than_one_insert(measured: tuple[Cost, Meanwhile]) -> None:
    assert measured[0].whole <= 1.2 * measured[0].plain


@pytest.mark.soak
def test_no_transaction_lasts_half_a_second(measured: tuple[Cost, Meanwhile]) -> None:
    assert max(measured[0].longest_ms, measured[1].longest_ms) < 500


@pytest.mark.soak
def test_every_signup_meanwhile_gets_one_profile_in_time(
    measured: tuple[Cost, Meanwhile],
) -> None:
    seen = measured[1]
    assert len(seen.beside.seconds) > 100
    assert (seen.errors, seen.without_profile) == ([], 0)
    assert seen.beside.percentile(0.99) <= 1.5 * seen.quiet.percentile(0.99)


@pytest.mark.soak
def test_memory_stays_flat_however_many_there_are(million: str, tmp_path: Path) -> None:
    empty(million)
    filled(million, BATCH, tmp_path / "million")
    before = memory()
    sql(
        million,
        "ALTER TABLE auth.users DISABLE TRIGGER new_user",
        "INSERT INTO auth.users (email) SELECT 'm' || g || '@example.org'"
        " FROM generate_series(1, 4000000) g",
        "ALTER TABLE auth.users ENABLE TRIGGER new_user",
        "VACUUM ANALYZE auth.users",
    )
    empty(million)
    filled(million, BATCH, tmp_path / "more")
    print(f"\nmemory at a million {before:.0f} MB, at {MANY:,} {memory():.0f} MB")
    assert value(million, "SELECT count(*) FROM public.user_profiles") >= MANY
    assert memory() - before < 8
