"""A finished run as an in-toto Statement in a DSSE envelope, beside the files that it speaks of.

Sources: in-toto's Attestation Framework (Statement v1, predicate test-result v0.1) and its DSSE
protocol v1. The statement's subjects are the index and every file that it names; its predicate says
which promises held, for which plan.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence import chain, encode, files
from reconcile_pipeline.evidence.chain import INDEX, Index
from reconcile_pipeline.evidence.model import FACTS_STAGE, PROMISES_STAGE
from reconcile_pipeline.evidence.signing import Signer, Verifier

NAME = "attestation.dsse.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope, decoded. `signatures`: (key's id, signature)."""

    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]


def statement(folder: Path) -> dict[str, Any]:
    """What a finished bundle says of itself. Raises EvidenceError where it is not finished."""
    index = chain.read(folder)
    promises = _stage(folder, index, PROMISES_STAGE)
    plan = _stage(folder, index, FACTS_STAGE)["plan_hash"]
    held = [promise["name"] for promise in promises if promise["held"]]
    broken = [promise["name"] for promise in promises if not promise["held"]]
    hashes = {INDEX: chain.digest((folder / INDEX).read_bytes())}
    hashes |= {entry.file: entry.sha256 for entry in index.entries}
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": value}} for name, value in hashes.items()],
        "predicateType": PREDICATE,
        "predicate": {
            "result": "FAILED" if broken else "PASSED",
            "configuration": [{"name": "plan", "digest": {"sha256": plan}}],
            "passedTests": held,
            "failedTests": broken,
        },
    }


def sign(folder: Path, signer: Signer) -> Path:
    """Write the attestation, or add a signature to the one that is there. Returns its path.

    Raises EvidenceError where the bundle is not finished, or its attestation is of other files.
    """
    path = folder / NAME
    with files.locked(folder):
        payload = encode.dump(statement(folder))
        signatures: tuple[tuple[str, bytes], ...] = ()
        if path.exists():
            there = read(folder)
            if there.payload != payload:
                raise EvidenceError(
                    f"{path} speaks of other files than those that are there.",
                    hint="See what was changed: reconcile evidence verify",
                    changed="",
                )
            signatures = there.signatures
        made = (signer.verifier.id, signer.sign(encoded(payload)))
        if made not in signatures:
            files.write(path, _envelope(payload, (*signatures, made)))
    return path


def read(folder: Path) -> Envelope:
    """The folder's envelope. Raises EvidenceError where it cannot be read."""
    try:
        data = encode.load((folder / NAME).read_bytes())
        if data["payloadType"] != PAYLOAD_TYPE:
            raise ValueError("another type")
        return Envelope(
            base64.b64decode(data["payload"], validate=True),
            tuple(
                (str(each.get("keyid", "")), base64.b64decode(each["sig"], validate=True))
                for each in data["signatures"]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise EvidenceError(f"{folder / NAME} is no DSSE envelope.", changed="") from None


def problem(folder: Path, verifiers: Sequence[Verifier]) -> str:
    """What does not fit between the attestation and the files; empty when all does.

    With `verifiers`, each of them must have signed. Without, only the statement is compared.
    """
    if not (folder / NAME).exists():
        return f"There is no {NAME}: nobody signed." if verifiers else ""
    try:
        envelope = read(folder)
        expected = encode.dump(statement(folder))
    except EvidenceError as error:
        return error.message
    data = encoded(envelope.payload)
    for verifier in verifiers:
        if not any(verifier.accepts(data, signature) for _, signature in envelope.signatures):
            return f"{NAME} holds no signature of the key {verifier.id[:12]} over what it says."
    if envelope.payload != expected:
        return f"{NAME} does not speak of these files: a hash or a promise is another."
    return ""


def encoded(payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding of the type and the payload."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _envelope(payload: bytes, signatures: Sequence[tuple[str, bytes]]) -> bytes:
    return encode.dump(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [
                {"keyid": key, "sig": base64.b64encode(signature).decode()}
                for key, signature in signatures
            ],
        }
    )


def _stage(folder: Path, index: Index, stage: str) -> Any:
    found = [entry.file for entry in index.entries if entry.stage == stage]
    if not found:
        raise EvidenceError(
            f"The run in {folder} has not ended: it has no {stage}.",
            hint="Only what is finished is signed.",
            changed="",
        )
    try:
        return encode.load((folder / found[-1]).read_bytes())
    except (OSError, ValueError):
        raise EvidenceError(f"{found[-1]} cannot be read.", changed="") from None
