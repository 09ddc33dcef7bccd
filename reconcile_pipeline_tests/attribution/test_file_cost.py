"""What a file that ran in part costs, by the statements of it that leave nothing."""

from __future__ import annotations

from reconcile_pipeline.attribution.search.file_cost import GAP_FIRST, file_cost


def test_a_cut_among_statements_that_leave_nothing_is_one_of_many() -> None:
    kept = (True, True, False)
    alone = file_cost(kept, False, places=(1, 4, 1, 0))
    among = file_cost(kept, False, places=(1, 1, 4, 0))
    assert among < alone


def test_a_long_file_seemed_short_since_most_of_it_leaves_nothing() -> None:
    kept = (True, False)
    assert file_cost(kept, False, places=(8, 1, 0)) > file_cost(kept, False, places=(1, 1, 0))
    of_few = file_cost(kept, False, one_object=True, places=(1, 1, 0))
    assert of_few == file_cost(kept, False, places=(1, 1, 0))
    of_many = file_cost(kept, False, one_object=True, places=(8, 1, 0))
    assert of_many > file_cost(kept, False, places=(8, 1, 0))


def test_a_gap_after_what_leaves_nothing_is_not_the_beginning() -> None:
    kept = (False, False, True)
    first = file_cost(kept, False, places=(1, 1, 1, 0))
    assert first == file_cost(kept, False, places=(4, 1, 1, 0)) + GAP_FIRST


def test_without_places_all_statements_count() -> None:
    kept = (True, True, False)
    assert file_cost(kept, True) == file_cost(kept, True, places=(1, 1, 1, 0))
