"""A migration file's bytes, from what the inventory kept of it."""

from __future__ import annotations

import hashlib

from reconcile_pipeline.errors import HistoryError
from reconcile_pipeline.migrations.model import MigrationFile

_BOM = b"\xef\xbb\xbf"


def file_bytes(file: MigrationFile) -> bytes:
    """The bytes that `file.sha256` is of. Raises HistoryError where they cannot be had again."""
    utf8 = file.text.encode()
    candidates = [utf8, _BOM + utf8]
    if all(character <= "\xff" for character in file.text):
        candidates.append(file.text.encode("latin-1"))
    for data in candidates:
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return data
    raise HistoryError(
        f"The bytes of {file.path} are not those that its sha256 was taken of.",
        hint="Take the inventory again.",
    )
