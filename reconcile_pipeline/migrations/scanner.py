"""A small lexer for SQL text: enough to know where a statement ends, whatever the parser thinks.

Follows the lexical rules of PostgreSQL's documentation ("Lexical Structure"): nested comments,
dollar quotes with tags, escape strings with their continuations, quoted identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple


class TokenKind(IntEnum):
    """What a piece of text is, as far as splitting cares."""

    SPACE = 0
    COMMENT = 1
    STRING = 2  # any literal: quoted, escape, dollar-quoted
    NAME = 3  # a quoted identifier
    WORD = 4  # a keyword or plain identifier
    SEMICOLON = 5
    OPEN = 6
    CLOSE = 7
    META = 8  # a psql meta-command: a backslash (no part of SQL) and the rest of its line
    OTHER = 9


class Token(NamedTuple):
    """A piece of the text: `text[start:end]`."""

    kind: TokenKind
    start: int
    end: int


class ScanError(ValueError):
    """A quote or comment that never ends. `offset`: where it begins."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


# An escape string goes on after space and comments with a newline; so do its backslash rules.
_LEXER = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<line>--[^\n]*)
  | (?P<block>/\*)
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$)
  | (?P<escape>[eE]'(?:[^'\\]++|''|\\.)*+'
      (?:(?:[ \t\f\v]|--[^\n\r]*)*+[\n\r](?:\s|--[^\n\r]*+[\n\r])*+'(?:[^'\\]++|''|\\.)*+')*)
  | (?P<bad_escape>[eE]')
  | (?P<string>'[^']*+(?:''[^']*+)*+')
  | (?P<bad_string>')
  | (?P<name>"[^"]*+(?:""[^"]*+)*+")
  | (?P<bad_name>")
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
  | (?P<number>\d[\w.]*)
  | (?P<semicolon>;)
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LINE_END = re.compile(r"[^\n]*")
_SIMPLE = {
    "space": TokenKind.SPACE,
    "line": TokenKind.COMMENT,
    "escape": TokenKind.STRING,
    "string": TokenKind.STRING,
    "name": TokenKind.NAME,
    "word": TokenKind.WORD,
    "number": TokenKind.OTHER,
    "semicolon": TokenKind.SEMICOLON,
    "open": TokenKind.OPEN,
    "close": TokenKind.CLOSE,
}
_NEVER_ENDS = {
    "bad_escape": "a string that begins here never ends",
    "bad_string": "a string that begins here never ends",
    "bad_name": "a quoted name that begins here never ends",
}


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise ScanError("a comment that begins here never ends", start)


def scan(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of `text` from `start` on, without gaps. Raises ScanError."""
    at, size = start, len(text)
    while at < size:
        match = _LEXER.match(text, at)
        assert match is not None  # `other` takes any character
        group = str(match.lastgroup)
        end = match.end()
        if (kind := _SIMPLE.get(group)) is not None:
            pass
        elif group == "block":
            kind, end = TokenKind.COMMENT, _comment_end(text, at)
        elif group == "dollar":
            close = text.find(match.group(), end)
            if close < 0:
                raise ScanError("a dollar-quoted string that begins here never ends", at)
            kind, end = TokenKind.STRING, close + end - at
        elif group in _NEVER_ENDS:
            raise ScanError(_NEVER_ENDS[group], at)
        elif text[at] == "\\":
            line = _LINE_END.match(text, at)
            kind, end = TokenKind.META, line.end() if line else size
        else:
            kind = TokenKind.OTHER
        yield Token(kind, at, end)
        at = end


def blank(kind: TokenKind) -> bool:
    """True for what means nothing to the server: white space, comments, psql's own commands."""
    return kind in (TokenKind.SPACE, TokenKind.COMMENT, TokenKind.META)


def last_token_end(text: str) -> int:
    """Where the last token that means something ends: trailing comments and space come after."""
    end = 0
    for token in scan(text):
        if not blank(token.kind):
            end = token.end
    return end
