"""One apply a target."""

from __future__ import annotations

import pytest

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.errors import ApplyError


def test_the_second_is_refused_and_told_who_holds_it(database: str) -> None:
    with connect_to_write(database) as first, connect_to_write(database) as second:
        lock.acquire(first)
        assert lock.held(first)
        with pytest.raises(ApplyError) as caught:
            lock.acquire(second, wait_s=0.1)
        assert f"server process {first.info.backend_pid} (reconcile_pipeline" in str(caught.value)
        assert "connected since" in str(caught.value)
        assert not lock.held(second)


def test_it_goes_with_its_session(database: str) -> None:
    with connect_to_write(database) as first:
        lock.acquire(first)
    with connect_to_write(database) as second:
        lock.acquire(second)
        assert lock.held(second)


def test_the_key_is_a_bigint_of_its_own_for_each_database() -> None:
    keys = {lock.key(name) for name in ("postgres", "Postgres", "x", "ä")}
    assert len(keys) == 4
    assert all(-(2**63) <= key < 2**63 for key in keys)
