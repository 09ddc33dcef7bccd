"""The search for unused objects rests while a catalog is read, and goes on afterwards."""

from __future__ import annotations

import gc

from reconcile_pipeline.catalog import garbage


def test_only_the_last_one_out_turns_it_on_again() -> None:
    assert gc.isenabled()
    with garbage.kept():
        with garbage.kept():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with garbage.kept():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
