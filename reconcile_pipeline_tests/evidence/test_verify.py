"""Whatever is changed in a bundle is found, and the first thing that does not fit is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import chain, encode
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline_tests.evidence import cases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run: a stage, facts, promises and both reports."""
    bundle = Bundle.create(tmp_path / "run")
    bundle.add("snapshot", {"rows": [1, 2, 3]})
    publish(bundle, cases.facts())
    assert verify(bundle.folder, bundle.head).ok
    return bundle.folder


def _index(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "index.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_bytes(encode.dump(index))


def _flip(folder: Path) -> None:
    path = folder / "01-snapshot.json"
    path.write_bytes(path.read_bytes().replace(b"2", b"9"))


def _spaces(folder: Path) -> None:
    path = folder / "RECONCILIATION.md"
    path.write_text(path.read_text() + " ")


def _remove(folder: Path) -> None:
    (folder / "02-facts.json").unlink()


def _link(folder: Path) -> None:
    path = folder / "01-snapshot.json"
    path.rename(folder.parent / "elsewhere.json")
    path.symlink_to(folder.parent / "elsewhere.json")


def _extra(folder: Path) -> None:
    (folder / "99-more.json").write_text("{}\n")


def _drop(folder: Path) -> None:
    (folder / "01-snapshot.json").unlink()
    _index(folder, lambda index: index["entries"].pop(0))


def _swap(folder: Path) -> None:
    def swap(index: dict[str, Any]) -> None:
        first, second = index["entries"][:2]
        first["number"], second["number"] = 2, 1
        index["entries"][:2] = [second, first]

    _index(folder, swap)


def _rename_stage(folder: Path) -> None:
    _index(folder, lambda index: index["entries"][0].update(stage="other"))


def _rehash_one(folder: Path) -> None:
    _flip(folder)
    data = (folder / "01-snapshot.json").read_bytes()
    _index(folder, lambda index: index["entries"][0].update(sha256=chain.digest(data)))


def _outside(folder: Path) -> None:
    _index(folder, lambda index: index["entries"][0].update(file="../elsewhere.json"))


def _size(folder: Path) -> None:
    _index(folder, lambda index: index["entries"][2].update(size=1))


def _head(folder: Path) -> None:
    _index(folder, lambda index: index.update(head="f" * 64))


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (_flip, "01-snapshot.json was changed"),
        (_spaces, "RECONCILIATION.md was changed"),
        (_remove, "02-facts.json is missing"),
        (_link, "01-snapshot.json is missing"),
        (_extra, "99-more.json is in the folder, but not in index.json"),
        (_drop, "names entry 2 where entry 1 belongs"),
        (_swap, "The chain breaks at 02-facts.json"),
        (_rename_stage, "The chain breaks at 01-snapshot.json"),
        (_rehash_one, "The chain breaks at 01-snapshot.json"),
        (_outside, "names a file outside the folder at entry 1"),
        (_size, "names a wrong size for 03-promises.json"),
        (_head, "names a head that its entries do not give"),
    ],
)
def test_tampering_is_found(folder: Path, tamper: Callable[[Path], None], problem: str) -> None:
    tamper(folder)
    found = verify(folder)
    assert not found.ok
    assert problem in found.problem


def _rechain(folder: Path, keep: int | None = None) -> None:
    """What a forger would do: write all hashes anew."""
    index = chain.empty()
    for entry in chain.read(folder).entries[:keep]:
        index = chain.grow(index, entry.stage, entry.file, (folder / entry.file).read_bytes())
    (folder / "index.json").write_bytes(encode.dump(index))


def test_a_bundle_cut_off_at_its_end_does_not_fit_the_head_that_was_kept(folder: Path) -> None:
    head = chain.read(folder).head
    (folder / "report.html").unlink()
    _rechain(folder, keep=-1)
    assert verify(folder).ok  # on its own it fits itself
    assert "not the one that was kept" in verify(folder, head).problem


def test_a_promise_turned_true_by_hand_is_found_though_all_hashes_are_new(folder: Path) -> None:
    path = folder / "03-promises.json"
    promises = encode.load(path.read_bytes())
    promises[1]["figure"] = "nothing at all happened"
    path.write_bytes(encode.dump(promises))
    _rechain(folder)
    assert "does not say what 02-facts.json gives" in verify(folder).problem


def test_a_migration_named_after_a_token_made_the_promises_differ_from_the_facts(
    tmp_path: Path,
) -> None:
    # `add_token: 2 of 2 statements proved live.` was masked as a secret, once the run was over.
    facts = cases.facts()
    named = replace(facts.recorded[0], name="add_token")
    bundle = Bundle.create(tmp_path / "run")
    promises = publish(bundle, replace(facts, recorded=(named, *facts.recorded[1:])))
    assert any("add_token: " in line for promise in promises for line in promise.proof)
    assert verify(bundle.folder, bundle.head).ok


def test_facts_that_do_not_read_are_named(folder: Path) -> None:
    path = folder / "02-facts.json"
    path.write_bytes(encode.dump({**encode.load(path.read_bytes()), "replay": 7}))
    _rechain(folder)
    assert "ReportFacts.replay" in verify(folder).problem


def test_json_that_was_laid_out_anew_is_found(folder: Path) -> None:
    path = folder / "01-snapshot.json"
    path.write_text(json.dumps(encode.load(path.read_bytes()), indent=2))
    _rechain(folder)
    assert "is not canonical JSON" in verify(folder).problem


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("not json", "not JSON"),
        ("{}", "does not read"),
        ('{"format": 9, "entries": [], "head": ""}', "format 9"),
    ],
)
def test_an_index_that_cannot_be_read_is_an_error(folder: Path, index: str, message: str) -> None:
    (folder / "index.json").write_text(index)
    with pytest.raises(EvidenceError, match=message):
        verify(folder)
