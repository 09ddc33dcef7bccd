"""Files that `npm ci` installs and tests read; without them a test is skipped, or fails in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"


def installed(name: str) -> Path:
    """A file below node_modules."""
    path = NODE_MODULES / name
    if not path.exists():
        missing(f"{name} is not installed: run `npm ci`")
    return path


def missing(reason: str) -> None:
    """Skip the test for want of a client; fail where RECONCILE_REQUIRE_CLIENTS is set."""
    if os.environ.get("RECONCILE_REQUIRE_CLIENTS"):
        pytest.fail(reason)
    pytest.skip(reason)
