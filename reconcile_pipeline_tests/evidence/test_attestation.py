"""A signed run: in-toto's own library accepts it, and whatever is changed is found."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._key import SSlibKey

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import attestation, chain
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline.evidence.signing import Signer, generate, load_signer, load_verifier
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline_tests.evidence import cases

SIGNER = generate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run, signed."""
    bundle = Bundle.create(tmp_path / "run")
    bundle.add("snapshot", {"rows": [1, 2, 3]})
    publish(bundle, cases.facts())
    attestation.sign(bundle.folder, SIGNER)
    return bundle.folder


def theirs(signer: Signer) -> SSlibKey:
    """The public key as in-toto's library holds it."""
    return SSlibKey.from_crypto(signer.verifier.key, keyid=signer.verifier.id)


def test_in_totos_own_library_accepts_the_signature_and_no_other(folder: Path) -> None:
    envelope = Envelope.from_dict(json.loads((folder / attestation.NAME).read_text()))
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert set(envelope.verify([theirs(SIGNER)], 1)) == {SIGNER.verifier.id}
    assert envelope.pae() == attestation.encoded(envelope.payload)
    with pytest.raises(VerificationError):
        envelope.verify([theirs(generate())], 1)


def test_the_statement_names_every_file_and_every_promise(folder: Path) -> None:
    said = json.loads(attestation.read(folder).payload)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    on_disk = {
        path.name: chain.digest(path.read_bytes())
        for path in folder.iterdir()
        if path.name != attestation.NAME
    }
    assert {each["name"]: each["digest"]["sha256"] for each in said["subject"]} == on_disk
    predicate = said["predicate"]
    assert predicate["result"] == "PASSED"
    assert predicate["passedTests"] == ["True", "Nothing lost", "Nothing stopped", "In step"]
    assert predicate["configuration"][0]["digest"]["sha256"] == cases.facts().plan_hash


def test_a_broken_promise_is_signed_as_one(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    publish(bundle, replace(cases.facts(), waiting=None))
    attestation.sign(bundle.folder, SIGNER)
    predicate = json.loads(attestation.read(bundle.folder).payload)["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["failedTests"]


def _envelope(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / attestation.NAME
    envelope = json.loads(path.read_text())
    change(envelope)
    path.write_text(json.dumps(envelope))


def _another_promise(folder: Path) -> None:
    def change(envelope: dict[str, Any]) -> None:
        said = base64.b64decode(envelope["payload"]).replace(b"PASSED", b"FAILED")
        envelope["payload"] = base64.b64encode(said).decode()

    _envelope(folder, change)


def _no_signature(folder: Path) -> None:
    _envelope(folder, lambda envelope: envelope["signatures"].clear())


def _another_type(folder: Path) -> None:
    _envelope(folder, lambda envelope: envelope.update(payloadType="text/plain"))


def _garbage(folder: Path) -> None:
    (folder / attestation.NAME).write_text("[]")


def _gone(folder: Path) -> None:
    (folder / attestation.NAME).unlink()


def _written_anew(folder: Path) -> None:
    """Another bundle, whole in itself, under the old signature."""
    signed = (folder / attestation.NAME).read_bytes()
    for path in folder.iterdir():
        path.unlink()
    bundle = Bundle.create(folder)
    bundle.add("snapshot", {"rows": [9]})
    publish(bundle, cases.facts())
    (folder / attestation.NAME).write_bytes(signed)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_another_promise, "no signature of the key"),
        (_no_signature, "no signature of the key"),
        (_another_type, "no DSSE envelope"),
        (_garbage, "no DSSE envelope"),
        (_gone, "nobody signed"),
        (_written_anew, "does not speak of these files"),
    ],
)
def test_what_was_changed_is_named(
    folder: Path, change: Callable[[Path], None], names: str
) -> None:
    assert verify(folder, signed_by=[SIGNER.verifier]).ok
    change(folder)
    found = verify(folder, signed_by=[SIGNER.verifier])
    assert not found.ok
    assert names in found.problem
    assert found.signed_by == ()


def test_another_persons_key_is_not_ours(folder: Path) -> None:
    other = generate()
    assert not verify(folder, signed_by=[other.verifier]).ok
    attestation.sign(folder, other)
    attestation.sign(folder, other)  # once is enough
    assert len(attestation.read(folder).signatures) == 2
    found = verify(folder, signed_by=[SIGNER.verifier, other.verifier])
    assert found.signed_by == (SIGNER.verifier.id, other.verifier.id)


def test_without_a_key_the_statement_is_still_compared(folder: Path) -> None:
    assert verify(folder).attested
    _written_anew(folder)
    assert "does not speak of these files" in verify(folder).problem


def test_what_is_not_finished_is_not_signed(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run")
    bundle.add("snapshot", {})
    with pytest.raises(EvidenceError, match="has not ended"):
        attestation.sign(bundle.folder, SIGNER)
    assert verify(bundle.folder).ok


def test_keys_are_read_and_never_quoted() -> None:
    assert load_signer(SIGNER.pem()).verifier.id == SIGNER.verifier.id
    assert load_verifier(SIGNER.verifier.pem()).id == SIGNER.verifier.id
    assert "PRIVATE" not in repr(SIGNER)
    for bad in (b"", b"secret words", SIGNER.verifier.pem()):
        with pytest.raises(EvidenceError) as caught:
            load_signer(bad)
        assert "secret words" not in str(caught.value)
    with pytest.raises(EvidenceError):
        load_verifier(SIGNER.pem())
