"""What binds a plan to a list of people without naming them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLD = str.maketrans(_UPPER, _UPPER.lower())


def fold(address: str) -> str:
    """An address as it is compared: without surrounding space, ASCII letters in lower case.

    Only ASCII: Unicode's rules fold the Kelvin sign to `k`, so that an outsider who writes an
    admin's `kim@…` with that sign would pass for the admin.
    """
    return address.strip().translate(_FOLD)


def admins_digest(addresses: Iterable[str], system_identifier: str, database: str) -> str:
    """Hex digest of a list of addresses, whatever its order, case and doubles.

    Salted with the database that it is for, so that equal lists look different elsewhere.
    """
    lines = [f"{system_identifier}/{database}", *sorted({fold(each) for each in addresses})]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
