"""Take secrets and personal data out of text that people will see.

Pure: nothing here reads an environment or a database.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict

MASK = "***"
_LONG = 8  # characters of a secret

# Greedy to the last @ of the word: a password may itself hold an @ that nobody escaped.
_USERINFO = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s\"']*@")
_PASSWORD = re.compile(
    r"(?i)\b(\w*(?:password|passwd|secret|token|apikey|api_key)\w*\s*[=:]\s*)"
    r"('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|[^\s'\",;&]+)"
)
#: What is told of an object whose name sounds like a key, as in
#: `table public.tokens: production does not have it`, is no value.
_TOLD = re.compile(r"[a-z]+(?= [a-z]+\b)")
# A quote may stand before it, as in SQL, and in it, as in o'brien@example.com.
_ADDRESS = re.compile(r"(?<![\w.%+-])([\w%+])[\w.%+'-]*@([\w])[\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}")


def redact(text: str, dsn: str = "") -> str:
    """`text` without the connection string's secrets, any URL's userinfo, and e-mail addresses.

    An address becomes `a***@e***`. `dsn` is in either of libpq's forms, and need not be valid.
    """
    for secret in _secrets(dsn):
        text = _without(text, secret)
    text = _USERINFO.sub(rf"\g<1>{MASK}@", text)
    text = _PASSWORD.sub(_mask_value, text)
    return _ADDRESS.sub(rf"\g<1>{MASK}@\g<2>{MASK}", text)


def _without(text: str, secret: str) -> str:
    """Wherever it stands; a short one where it is no part of a longer word: `ow` is in every `row`,
    which tells nobody what the password is, and must stay to be read.
    """
    if len(secret) >= _LONG:
        return text.replace(secret, MASK)
    before = r"(?<!\w)" if re.match(r"\w", secret) else ""
    after = r"(?!\w)" if re.match(r"\w", secret[-1]) else ""
    return re.sub(f"{before}{re.escape(secret)}{after}", MASK, text)


def well_formed(dsn: str) -> bool:
    """True where libpq will not quote pieces of a password as something else.

    A password with an unescaped `@`, `/` or `:` makes libpq read its pieces as host, port or
    database, and name them in its errors.
    """
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return False
    ports = str(parts.get("port") or "").split(",")
    odd = any("@" in str(parts.get(key) or "") for key in ("host", "dbname", "hostaddr"))
    return not odd and all(port.isdigit() or not port for port in ports)


def _mask_value(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    qualified = start > 0 and text[start - 1] == "." and match[1].endswith(": ")
    if qualified and (told := _TOLD.match(text, match.start(2))) and told[0] == match[2]:
        return match[0]
    return f"{match[1]}{MASK}"


@lru_cache(maxsize=64)  # one evidence file is thousands of texts, and each asks again
def _secrets(dsn: str) -> tuple[str, ...]:
    """What of a connection string may never be shown, in each spelling it may turn up in.

    The longest first, so that none is left in pieces.
    """
    if not dsn.strip():
        return ()
    found = {dsn}
    try:
        parts = conninfo_to_dict(dsn)
        found |= {str(parts[key]) for key in ("password", "sslpassword") if parts.get(key)}
    except psycopg.ProgrammingError:
        pass
    if match := re.match(r"\s*\w+://[^:/\s]*:(\S*)@", dsn):
        found.add(match[1])
    found |= {spelled for secret in found for spelled in (quote(secret, safe=""), unquote(secret))}
    return tuple(sorted(filter(None, found), key=len, reverse=True))
