"""What is tried after a choice was refused."""

from __future__ import annotations

from reconcile_pipeline.attribution.search.smaller import FEW, smaller
from reconcile_pipeline.attribution.traces import File


def _tried(files: int) -> list[str]:
    """The files that run, as digits, of each proposal after that none of them does was refused."""
    every = [File(n, ((n, 0), (n, 1)), recorded=False) for n in range(files)]
    ran = {p: True for f in every for p in f.positions}
    refused = dict.fromkeys(ran, False)
    proposals = smaller(ran, refused, every)
    assert all(each[n, 0] is each[n, 1] for each in proposals for n in range(files))
    return ["".join(str(int(each[n, 0])) for n in range(files)) for each in proposals]


def test_of_three_files_two_are_tried_and_then_each() -> None:
    assert _tried(3) == ["100", "010", "001", "011", "101", "110"]


def test_of_two_files_each_is_tried() -> None:
    assert _tried(2) == ["01", "10"]


def test_of_one_file_nothing_is_left_to_try() -> None:
    assert _tried(1) == []


def test_of_many_files_only_each_is_tried() -> None:
    many = FEW + 1
    assert [each.count("0") for each in _tried(many)] == [1] * many
