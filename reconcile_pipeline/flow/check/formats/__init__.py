"""A check in the formats that people and machines read, one module a format. Pure strings.

Each is `render(checked, folder) -> str`, where `folder` is the migrations directory as the reader
names it: relative to the repository's root, in POSIX form.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module

from reconcile_pipeline.flow.check.model import Checked


class Format(StrEnum):
    """The formats; each is the name of its module."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"
    SARIF = "sarif"


def render(form: Format, checked: Checked, folder: str) -> str:
    """The check in this format, ending with one line end unless it is empty."""
    text: str = import_module(f"{__name__}.as_{form.value}").render(checked, folder)
    return text.rstrip("\n") + "\n" if text.strip() else ""


def path_of(folder: str, file: str) -> str:
    """Where a reader finds a file; '' for a remark about no file."""
    if not file:
        return ""
    return f"{folder}/{file}" if folder not in ("", ".") else file
