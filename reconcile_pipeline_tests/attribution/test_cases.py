"""Drift once judged wrong: `cases/<case>/case.json` says what ran and what must be said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.attribution.drifting.fates import Fate, Run
from reconcile_pipeline_tests.attribution.drifting.production import build

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())


@pytest.fixture
def production(server: Server) -> Iterator[str]:
    """The name of a database that is dropped afterwards."""
    name = "attribution_case"
    yield name
    drop_database(server, name)


@pytest.mark.parametrize("name", NAMES)
def test_case(server: Server, production: str, tmp_path: Path, name: str) -> None:
    case: dict[str, Any] = json.loads((CASES / name / "case.json").read_text())
    for file, statements in case["files"].items():
        (tmp_path / file).write_text(";\n".join(statements) + ";\n")
    runs = [
        Run(Fate.CUT, tuple(case["ran"].get(file, ())), file in case.get("recorded", ()))
        for file in case["files"]
    ]

    def by_hand(connection: Connection[Any]) -> None:
        for sql in case["hand"]:
            connection.execute(sql.encode())

    files = take_inventory(tmp_path).files
    build(server, production, files, runs, by_hand, case.get("base", ()), watched=False)
    found = scan(production, server.dsn(production, "postgres"), tmp_path).attribution
    assert {m.path: m.verdict.value for m in found.migrations} == case["verdicts"], [
        (s.index, s.verdict.value, s.reason) for m in found.migrations for s in m.statements
    ]
    for report in found.migrations:
        assert case.get("reasons", {}).get(report.path, "") in report.reason
        assert case.get("alternatives", {}).get(report.path, "") in report.alternative
        told = [s.verdict.value for s in report.statements]
        assert told == case.get("statements", {}).get(report.path, told)
    have = sorted([u.id.kind.value, u.id.identity, u.change.value] for u in found.unexplained)
    assert have == sorted(case["by_hand"])


def test_every_case_says_why() -> None:
    for name in NAMES:
        assert len(json.loads((CASES / name / "case.json").read_text())["why"]) > 40, name
    assert len(NAMES) >= 5
