"""How Supabase's CLI splits a file into the `statements` of its history: byte for byte.

Compared with CLI 3.1.0 on tens of thousands of generated files; the telling ones are in
`reconcile_pipeline_tests/history/cases`. It is no SQL lexer, and its oddities are part of the bytes
that `migration repair` writes: the first `)` closes every open `(`; digits may begin a dollar
quote's tag; a dollar quote's end may overlap its beginning; a backslash outside quotes hides the
next character; what never ends goes to the end of the file.
"""

from __future__ import annotations

import re

_SPACE = " \t\n\r\f\v"
# What JavaScript's String.trim removes.
_TRIM = (
    _SPACE
    + "\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9_$\x80-\U0010ffff]")
_SPECIAL = re.compile(r"[;()'\"$/\\cCdD-]")
_TAG = re.compile(r"\$[A-Za-z0-9_\x80-\U0010ffff]*\$?")
_LINE_END = re.compile(r"[\n\r]")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_PLAIN = {
    quote: re.compile(f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+{quote}") for quote in "'\""
}
_ESCAPED = re.compile(r"(?:[^'\\]++|''|\\.)*+'", re.DOTALL)
# An escape string goes on after white space with a newline in it, or line comments.
_CONTINUED = re.compile(r"(?=[^\n\r'-]*(?:--|[\n\r]))(?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'")
_BLANK = re.compile(r"[ \t\n\r\f\v]+|--[^\n\r]*[\n\r]?")
_PARENTHESIS = -1


def split(text: str) -> tuple[str, ...]:
    """The statements that the CLI records for a file of this text (without a byte order mark)."""
    statements = []
    at = 0
    while at < len(text):
        end = _statement_end(text, at)
        if statement := text[at:end].rstrip(";").strip(_TRIM):
            statements.append(statement)
        at = end
    return tuple(statements)


def _statement_end(text: str, at: int) -> int:
    """Just after the `;` that ends the statement at `at`; the text's end where there is none."""
    open_: list[int] = []  # _PARENTHESIS, or where a statement of an atomic body begins
    while match := _SPECIAL.search(text, at):
        start, at = match.start(), match.end()
        match text[start]:
            case ";":
                if not open_:
                    return at
                if open_[-1] != _PARENTHESIS:
                    open_[-1] = at
            case "(":
                open_.append(_PARENTHESIS)
            case ")":
                while open_ and open_[-1] == _PARENTHESIS:
                    open_.pop()
            case "\\":
                at += text[at : at + 1] not in ("", ")")
            case "c" | "C":
                if _begins_body(text, at):
                    open_.append(at)
            case "d" | "D":
                if open_ and open_[-1] != _PARENTHESIS and _ends_body(text, open_[-1], at):
                    open_.pop()
            case quote_or_comment:
                at = _skip(text, start, quote_or_comment)
    return len(text)


def _skip(text: str, start: int, first: str) -> int:
    """Where the literal or comment that may begin at `start` ends."""
    if first in "'\"":
        return _literal_end(text, start)
    if first == "$":
        return _dollar_end(text, start)
    if text.startswith("--", start):
        end = _LINE_END.search(text, start)
        return end.end() if end else len(text)
    return _comment_end(text, start) if text.startswith("/*", start) else start + 1


def _literal_end(text: str, start: int) -> int:
    if text[start] == '"' or not _word_before(text, start, "E"):
        end = _PLAIN[text[start]].match(text, start + 1)
        return end.end() if end else len(text)
    at = start + 1
    while end := _ESCAPED.match(text, at):
        at = end.end()
        if not (more := _CONTINUED.match(text, at)):
            return at
        at = more.end()
    return len(text)


def _dollar_end(text: str, start: int) -> int:
    if _is_identifier(text, start - 1):
        return start + 1
    tag = _TAG.match(text, start)
    if tag is None or tag.end() - start < 2 or not tag.group().endswith("$"):
        return tag.end() if tag else start + 1
    end = text.find(tag.group(), start + 1)
    return len(text) if end < 0 else end + len(tag.group())


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _is_identifier(text: str, at: int) -> bool:
    return 0 <= at < len(text) and _IDENTIFIER.match(text, at) is not None


def _word_before(text: str, end: int, word: str) -> bool:
    """True where `word` ends at `end` and is no end of a longer word."""
    start = end - len(word)
    return (
        start >= 0
        and text[start:end].isascii()
        and text[start:end].upper() == word
        and not _is_identifier(text, start - 1)
    )


def _begins_body(text: str, end: int) -> bool:
    if not _word_before(text, end, "ATOMIC"):
        return False
    end -= len("ATOMIC")
    while end and text[end - 1] in _SPACE:
        end -= 1
    return _word_before(text, end, "BEGIN")


def _ends_body(text: str, start: int, end: int) -> bool:
    """True where the END that ends at `end` is the first word of a body's statement."""
    if not _word_before(text, end, "END") or end == len(text) or _is_identifier(text, end):
        return False
    last = end - len("END")
    while start < last:
        if blank := _BLANK.match(text, start, last):
            start = blank.end()
        elif text.startswith("/*", start):
            start = _comment_end(text[:last], start)
        else:
            return False
    return True
