"""For GitHub Actions: workflow commands, which it shows on the lines of the pull request.

Source: GitHub's "Workflow commands for GitHub Actions". It shows ten errors and ten warnings of a
step, so the worst come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.flow.check.formats import path_of
from reconcile_pipeline.flow.check.formats.as_text import summary, tally
from reconcile_pipeline.flow.check.model import Checked, Level, Remark

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(checked: Checked, folder: str) -> str:
    """One command a remark; the last lines are plain, for whoever reads the log."""
    return "\n".join(_lines(checked, folder))


def _lines(checked: Checked, folder: str) -> Iterator[str]:
    levels = list(Level)
    for remark in sorted(checked.remarks, key=lambda r: levels.index(r.level)):
        yield _command(remark, path_of(folder, remark.file))
    # A log line that begins with :: would be a command; ours begin with a word.
    yield f"Summary: {_plain(summary(checked))}"
    yield f"Remarks: {tally(checked)}"


def _command(remark: Remark, path: str) -> str:
    properties = {"title": f"reconcile: {remark.rule}"}
    if path:
        properties = {"file": path, "line": str(max(remark.line, 1)), **properties}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[remark.level]} {given}::{_escaped(remark.message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _plain(text: str) -> str:
    return " ".join(text.split())
