"""The client's own rule for versions, as a verification applies it."""

from __future__ import annotations

import pytest

from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.flow.stakes import command_of
from reconcile_pipeline.flow.verify import client_problems


def report(local: str, remote: str) -> DriftReport:
    """A report of these versions, as words; what is only remote has no file."""
    recorded, files = remote.split(), local.split()
    found = [_finding(v, f"{v}_x.sql", recorded=v in recorded) for v in files]
    found += [_finding(v, None, recorded=True) for v in recorded if v not in files]
    return DriftReport("t", "supabase", "", "", tuple(found), ())


def _finding(version: str, file: str | None, *, recorded: bool) -> MigrationFinding:
    finding = Finding.SYNCHRONIZED if recorded else Finding.PENDING
    if file is None:
        finding = Finding.FILE_MISSING
    return MigrationFinding(version, "x", file, recorded, finding, None)


@pytest.mark.parametrize(
    ("local", "remote", "problems"),
    [
        ("001 002", "001 002", 0),
        ("", "", 0),
        ("001 002", "001", 1),
        ("001", "001 002", 1),
        ("001 002 003", "001 003", 1),
        ("9 10", "9 10", 1),  # text: 10 comes before 9
    ],
)
def test_local_against_remote(local: str, remote: str, problems: int) -> None:
    assert len(client_problems(report(local, remote))) == problems


def test_an_unrecorded_file_before_a_recorded_one_is_named_with_its_reason() -> None:
    (problem,) = client_problems(report("001 002 003", "001 003"))
    assert problem.startswith("002 ")
    assert "--include-all" in problem


@pytest.mark.parametrize(
    ("local", "remote", "command"),
    [
        ("001 002", "001", "supabase db push"),
        ("001 002 003", "001 003", "supabase db push --include-all"),
        (
            "001 003",
            "001 002",
            "supabase migration repair --status reverted 002 && supabase db push",
        ),
        (
            "001 003 004",
            "001 002 004",
            "supabase migration repair --status reverted 002 && supabase db push --include-all",
        ),
    ],
)
def test_the_push_that_the_client_would_advise(local: str, remote: str, command: str) -> None:
    assert command_of(report(local, remote)) == command
