"""The search for unused objects rests while a catalog is read, and goes on afterwards."""

from __future__ import annotations

import gc
import weakref

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


class Node:
    """Refers to itself, so that only a search finds out that nobody needs it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_made_inside_is_old_at_once_and_still_found() -> None:
    with garbage.kept():
        node = Node()
    assert any(each is node for each in gc.get_objects(generation=2))
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None


def test_what_somebody_has_set_aside_stays_aside() -> None:
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with garbage.kept():
            pass
        assert gc.get_freeze_count() == before > 0
    finally:
        gc.unfreeze()
