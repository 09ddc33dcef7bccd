"""Where the servers of these tests live, and how they are asked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile_pipeline.shadow.server import Server


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the servers' account can reach, as pytest's own cannot be for root's."""
    folder = Path(tempfile.mkdtemp(prefix="rp-life-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    """A server's folder, not made yet; whatever runs there is stopped afterwards."""
    yield place / "server"
    Server(place / "server").destroy()
