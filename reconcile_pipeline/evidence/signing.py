"""Ed25519 keys: who signs evidence, and whose signature is to be found on it.

Keys are PEM files, as OpenSSL and in-toto's own library read them: PKCS #8 for the private one,
SubjectPublicKeyInfo for the public one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile_pipeline.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key. `id`: sha256 (hex) over its DER form."""

    key: Ed25519PublicKey
    id: str

    def accepts(self, data: bytes, signature: bytes) -> bool:
        """True where the signature is this key's over exactly this data."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """The key as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key. Its `repr` does not show it."""

    _key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.verifier.id[:12]})"

    @property
    def verifier(self) -> Verifier:
        """The public key that belongs to it."""
        return _verifier(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes; the same data gives the same signature."""
        return self._key.sign(data)

    def pem(self) -> bytes:
        """The private key as PEM, not encrypted."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def generate() -> Signer:
    """A new key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Signer(Ed25519PrivateKey.generate())


def load_signer(pem: bytes) -> Signer:
    """A private key from PEM. Raises EvidenceError, which quotes nothing of it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise EvidenceError(
            "The signing key is no unencrypted Ed25519 private key in PEM form.",
            hint="Make one with: reconcile evidence keygen",
        )
    return Signer(key)


def load_verifier(pem: bytes) -> Verifier:
    """A public key from PEM. Raises EvidenceError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise EvidenceError(
            "The public key is no Ed25519 public key in PEM form.",
            hint="It is the .pub file that `reconcile evidence keygen` wrote.",
            changed="",
        )
    return _verifier(key)


def _verifier(key: Ed25519PublicKey) -> Verifier:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Verifier(key, hashlib.sha256(der).hexdigest())
