"""The key that signs a target's evidence, where reconcile.toml names one."""

from __future__ import annotations

import os

from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.evidence.signing import Signer, load_signer
from reconcile_pipeline.flow.target import ResolvedTarget


def signer_of(target: ResolvedTarget) -> Signer | None:
    """The signer; None where nobody signs. Raises ConfigError, EvidenceError."""
    settings = target.signing
    if settings.signing_key_env:
        if not (pem := os.environ.get(settings.signing_key_env)):
            raise ConfigError(
                f"The environment variable {settings.signing_key_env} is not set: the key that "
                "signs the evidence is in it.",
                hint="Put the private key there, as PEM, or take signing_key_env out of "
                "reconcile.toml.",
            )
        # Some services hand a variable over on one line.
        return load_signer(pem.replace("\\n", "\n").encode())
    if settings.signing_key is None:
        return None
    try:
        return load_signer(settings.signing_key.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"The signing key {settings.signing_key} cannot be read: "
            f"{(error.strerror or 'no reason').lower()}.",
            hint="Make one with: reconcile evidence keygen",
        ) from None
