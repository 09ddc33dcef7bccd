"""What is said, given what was open before and what is open now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.redact import redact

MOST_LINES = 20  # of one message; the report has them all
LONGEST_LINE = 300  # characters


class Tone(StrEnum):
    """How a message is marked, by the names that Apprise gives them."""

    FAILURE = "failure"
    WARNING = "warning"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to people, as plain text. It holds no secret and nobody's address."""

    title: str
    body: str
    tone: Tone


def told(
    target: str,
    before: Mapping[str, str],
    now: Mapping[str, str],
    headline: str,
    link: str = "",
    complete: bool = True,
) -> tuple[Message, ...]:
    """What is new, and what is resolved: at most one message each. Findings by key, in a sentence.

    `complete` is false where `now` holds only the first of many: then nothing counts as resolved.
    """
    new = [text for key, text in now.items() if key not in before]
    gone = [text for key, text in before.items() if key not in now] if complete else []
    messages = []
    if new:
        words = f"{target}: {count(len(new), 'new finding')}"
        messages.append(Message(words, _body(new, headline, link), Tone.WARNING))
    if gone:
        words = f"{target}: {count(len(gone), 'finding')} resolved"
        lines = [f"resolved: {text}" for text in gone]
        messages.append(Message(words, _body(lines, headline, link), Tone.SUCCESS))
    return tuple(messages)


def failed(target: str, what: str, reason: str, hint: str = "", link: str = "") -> Message:
    """A run of a target failed. `what`: the asset that it failed at, or the job."""
    lines = [reason or "The run's process is gone."] + ([hint] if hint else [])
    return Message(f"{target}: {what} failed", _body(lines, "", link), Tone.FAILURE)


def recovered(target: str, what: str, link: str = "") -> Message:
    """What failed before has been done again since."""
    return Message(
        f"{target}: {what} works again",
        _body(["resolved: it was made again since it failed."], "", link),
        Tone.SUCCESS,
    )


def _body(lines: Sequence[str], headline: str, link: str) -> str:
    shown = [f"- {_short(redact(line))}" for line in lines[:MOST_LINES]]
    if more := len(lines) - len(shown):
        shown.append(f"- and {count(more, 'more', 'more')}, in the report")
    last = [part for part in (redact(headline), link and f"Report: {link}") if part]
    return "\n".join([*shown, *([""] if last else []), *last])


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
