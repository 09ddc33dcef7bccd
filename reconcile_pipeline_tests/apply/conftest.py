"""A project and its database, ready for a whole apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile_pipeline.apply.request import Request
from reconcile_pipeline_tests.apply.world import build, make_plan, request


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's folder, not made yet."""
    return tmp_path / "project"


@pytest.fixture
def ready(database: str, root: Path) -> Request:
    """An approved apply to a project and a database that wait for it."""
    build(database, root)
    return request(database, root, make_plan(database, root))
