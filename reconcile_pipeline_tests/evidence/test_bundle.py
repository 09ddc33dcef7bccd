"""The evidence folder: what is in it, and what happens when it cannot be written."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.verify import verify


def test_every_stage_is_a_file_chained_to_the_one_before(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "runs" / "1")
    bundle.add("snapshot", {"tables": ("a", "b")})
    bundle.add("drift", {"found": 1})
    bundle.add_text("RECONCILIATION.md", "# Ünïcode\n")

    assert sorted(path.name for path in bundle.folder.iterdir()) == [
        "01-snapshot.json",
        "02-drift.json",
        "RECONCILIATION.md",
        "index.json",
    ]
    assert (bundle.folder / "01-snapshot.json").read_bytes() == b'{"tables":["a","b"]}\n'
    # The chain, computed here from the files alone.
    chain = "0" * 64
    for stage, file in [
        ("snapshot", "01-snapshot.json"),
        ("drift", "02-drift.json"),
        ("RECONCILIATION.md", "RECONCILIATION.md"),
    ]:
        sha256 = hashlib.sha256((bundle.folder / file).read_bytes()).hexdigest()
        chain = hashlib.sha256((chain + stage + sha256).encode()).hexdigest()
    index = json.loads((bundle.folder / "index.json").read_text())
    assert index["head"] == bundle.head == chain
    assert [entry["number"] for entry in index["entries"]] == [1, 2, 3]
    assert verify(bundle.folder, chain).ok


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    entry = bundle.add("a", 1)
    assert stat.S_IMODE(bundle.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((bundle.folder / entry.file).stat().st_mode) == 0o600


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(EvidenceError, match="not empty"):
        Bundle.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "index.json", "a b", "a\n"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    bundle = Bundle.create(tmp_path / "run")
    for add in (bundle.add, bundle.add_text):
        with pytest.raises(ValueError, match="no name for a stage"):
            add(name, "x")
    assert not bundle.entries


def test_evidence_is_never_rewritten(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    bundle.add_text("report.md", "first")
    with pytest.raises(EvidenceError, match=r"already holds report\.md"):
        bundle.add_text("report.md", "second")
    assert (bundle.folder / "report.md").read_text() == "first"


def test_a_later_process_goes_on_after_a_crash(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    bundle.add("one", 1)
    # Killed after the file and before the index, and in the middle of a file.
    (bundle.folder / "02-two.json").write_text("2\n")
    (bundle.folder / ".writing-abc").write_text("hal")

    again = Bundle.open(bundle.folder)
    again.add("other", 3)
    assert verify(bundle.folder).ok
    assert [entry.file for entry in again.entries] == ["01-one.json", "02-other.json"]


def test_a_tampered_bundle_is_not_gone_on_with(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    bundle.add("one", 1)
    (bundle.folder / "01-one.json").write_text("2\n")
    with pytest.raises(EvidenceError, match=r"01-one\.json was changed"):
        Bundle.open(bundle.folder)


def test_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="holds no evidence"):
        Bundle.open(tmp_path)


def _add_ten(folder: Path, name: str) -> None:
    bundle = Bundle(folder, Bundle.open(folder)._redactor)
    for number in range(10):
        bundle.add(name, number)


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add_ten, args=(bundle.folder, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(bundle.entries) == 20
    assert verify(bundle.folder).ok


_NO_ROOM = """
import resource, sys
from pathlib import Path
from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence.bundle import Bundle

bundle = Bundle.create(Path(sys.argv[1]))
bundle.add("small", "x")
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
try:
    bundle.add("large", "x" * 100_000)
except EvidenceError as error:
    print(error)
"""


def test_no_room_for_a_file_leaves_what_was_there_and_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", _NO_ROOM, str(folder)], capture_output=True, text=True, check=True
    )
    assert "Evidence cannot be written" in done.stdout
    assert "name another folder as `evidence` in reconcile.toml" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["01-small.json", "index.json"]
    assert verify(folder).ok


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvidenceError, match="cannot be written") as error:
        Bundle.create(tmp_path / "file" / "run")
    assert "reconcile.toml" in error.value.hint
