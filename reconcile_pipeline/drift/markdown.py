"""Markdown from values that may hold anything: nothing in them becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|^[#+-](?=[\s#+-]|$)")
_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str) -> str:
    """Text that reads the same in Markdown, in a table too. Line ends become spaces."""
    one_line = " ".join(text.split())
    safe = "".join(_ENTITIES.get(character, character) for character in one_line)
    return _NUMBER.sub(r"\1\\\2", _SPECIAL.sub(lambda match: "\\" + match.group(), safe))


def code(text: str, *, in_table: bool = False) -> str:
    """A code span, fenced by more backticks than the text holds; '' for no text.

    In a table, and only there, Markdown wants a `|` in code escaped.
    """
    one_line = " ".join(text.split())
    if in_table:
        one_line = one_line.replace("|", "\\|")
    if not one_line:
        return ""
    fence = "`" * (_longest_run(one_line) + 1)
    pad = " " if one_line[0] == "`" or one_line[-1] == "`" else ""
    return f"{fence}{pad}{one_line}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """A fenced block, fenced by more backticks than the text holds."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A table of cells that are Markdown already; columns in `right` are flushed right."""
    numeric = frozenset(right)
    rule = ["---:" if index in numeric else "---" for index in range(len(columns))]
    lines = [columns, rule, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
