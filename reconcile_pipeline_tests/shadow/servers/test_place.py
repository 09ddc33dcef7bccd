"""Where throwaway servers lie: in memory only where it is meant for that and has room."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from reconcile_pipeline.shadow.servers import place
from reconcile_pipeline.shadow.servers.server import temporary

in_memory = pytest.mark.skipif(
    place.choose(in_memory=True) != place.MEMORY, reason="this machine has no room in memory"
)


@in_memory
def test_a_server_in_memory_is_private_and_leaves_nothing_there() -> None:
    with temporary(in_memory=True) as server:
        folder = server.directory.parent
        assert folder.parent == place.MEMORY
        assert server.data.stat().st_mode & 0o077 == 0
        assert server.socket_dir.stat().st_mode & 0o077 == 0
        assert (server.directory / "password").stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_server_without_bounds_stays_on_disk() -> None:
    assert place.choose(in_memory=False) == Path(tempfile.gettempdir())


def test_who_sets_TMPDIR_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    assert place.choose(in_memory=True) == Path(tempfile.gettempdir())


@pytest.mark.parametrize("room", ["ROOM_BYTES", "MEMORY"])
def test_too_little_room_means_disk(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, room, 2**62 if room == "ROOM_BYTES" else Path("/no/such/folder"))
    assert place.choose(in_memory=True) == Path(tempfile.gettempdir())


@in_memory
def test_a_control_groups_bound_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, root = tmp_path / "own", tmp_path / "groups"
    service = root / "system" / "scan.service"
    service.mkdir(parents=True)
    own.write_text("0::/system/scan.service\n")
    (service / "memory.max").write_text("max\n")
    (root / "system/memory.max").write_text(f"{2**30}\n")
    (root / "system/memory.current").write_text("0\n")
    monkeypatch.setattr(place, "_OWN_GROUP", own)
    monkeypatch.setattr(place, "_GROUPS", root)
    assert place.choose(in_memory=True) == Path(tempfile.gettempdir())
