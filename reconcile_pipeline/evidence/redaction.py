"""Everything written as evidence passes here: no secrets, no e-mail addresses.

`reconcile_pipeline/redact.py` knows what every output must not show. Evidence also holds the SQL of
migrations and catalog definitions, so it is searched for the secrets that SQL can carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from reconcile_pipeline.evidence import encode
from reconcile_pipeline.redact import MASK, redact

T = TypeVar("T")

# The first: a literal inside of a literal, as in the rows of a history.
_QUOTED = r"(?:''[^']+''(?!')|'(?:''|\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\$(\w*)\$.*?\$\2\$)"
_NAMED = r"\w*(?:password|passwd|secret|token|api_?key)\w*"
_TYPE = r"[\"']?(?:\s+[\w.()\[\]\"]+){0,6}?"  # of a variable or a column, between name and value

_IN_SQL = (
    # CREATE ROLE … PASSWORD '…', crypt('…', …), x := '…' or x text DEFAULT '…', "password": "…" in
    # a JSON literal
    re.compile(rf"(?is)\b(password\s+){_QUOTED}"),
    re.compile(rf"(?is)\b(crypt\s*\(\s*){_QUOTED}"),
    re.compile(rf"(?is)\b({_NAMED}{_TYPE}\s*(?::=|\bdefault\b)\s*){_QUOTED}"),
    re.compile(rf"(?is)\b({_NAMED}[\"']\s*(?:,|:|=>)\s*){_QUOTED}"),
)
_BY_SHAPE = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # a JSON web token, e.g. Supabase's service_role key
    r"|\bsb(?:p|_secret|_publishable)_[A-Za-z0-9_]{16,}"  # Supabase's other keys
    r"|SCRAM-SHA-256\$[\w$:+/=]+"  # how PostgreSQL keeps a password
    r"|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"  # bcrypt, as in auth.users.encrypted_password
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_ROUNDS = 8
_REMEMBERED = 32_768  # texts: a catalog says the same types, names and options over and over
_SHORT = 500  # characters; longer texts seldom come twice, and would be kept for nothing
_SECRET_KEY = re.compile(r"(?i)(?:.*_)?(?:password|passwd|secret|token|api_?key|dsn|database_url)")


class Redactor:
    """Takes secrets and addresses out of texts and values. The same twice changes nothing more."""

    def __init__(self, dsns: Iterable[str] = ()) -> None:
        self._dsns = tuple(dict.fromkeys(dsns))
        self._known = lru_cache(_REMEMBERED)(self._clean)

    def text(self, text: str) -> str:
        """The text without them."""
        return self._known(text) if len(text) <= _SHORT else self._clean(text)

    def _clean(self, text: str) -> str:
        # What a mask replaces can bring a second secret to light: two addresses without a space.
        for _ in range(_ROUNDS):
            cleaned = self._once(text)
            if cleaned == text:
                break
            text = cleaned
        return text

    def _once(self, text: str) -> str:
        text = _BY_SHAPE.sub(MASK, text)
        for pattern in _IN_SQL:
            text = pattern.sub(lambda match: f"{match[1]}'{MASK}'", text)
        for dsn in self._dsns or ("",):
            text = redact(text, dsn)
        return text

    def value(self, value: object) -> encode.Json:
        """Any value that has a canonical form, in that form and without them.

        Texts and keys are searched; members of closed sets are not, so that a database whose
        password is `view` still has views. What stands under a key such as `password` is masked.
        """
        result: encode.Json = _by_key(encode.plain(value, self.text))
        return result

    def same(self, value: T) -> T:
        """A dataclass's value without them, as a value of its kind. Raises EvidenceError."""
        from reconcile_pipeline.evidence.decode import decode

        return decode(type(value), self.value(value))


def _by_key(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: MASK
                if isinstance(item, str) and item and _SECRET_KEY.fullmatch(key)
                else _by_key(item)
                for key, item in value.items()
            }
        case list():
            return [_by_key(item) for item in value]
        case _:
            return value
