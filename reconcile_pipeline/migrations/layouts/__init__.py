"""The layouts of migration directories: detected without being told, overridable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from reconcile_pipeline.migrations.layouts import flat, flyway, folders, sections, up_down
from reconcile_pipeline.migrations.layouts.common import Found, New, Up
from reconcile_pipeline.migrations.model import Layout


class _Rules(NamedTuple):
    """`count`: how many migrations look like the layout; `find`: all, in the tool's order;
    `new`: a file to be made, of a number, a name and a text.
    """

    count: Callable[[Path], int]
    find: Callable[[Path], tuple[Found, ...]]
    up_part: Callable[[str], Up]
    new: Callable[[str, str, str], New]


# In the order in which they are asked: what is most particular first.
_LAYOUTS = {
    Layout.PRISMA: _Rules(
        folders.count_prisma, folders.find_prisma, folders.up_part, folders.new_prisma
    ),
    Layout.DIESEL: _Rules(
        folders.count_diesel, folders.find_diesel, folders.up_part, folders.new_diesel
    ),
    Layout.FLYWAY: _Rules(flyway.count, flyway.find, flyway.up_part, flyway.new),
    Layout.UP_DOWN: _Rules(up_down.count, up_down.find, up_down.up_part, up_down.new),
    Layout.GOOSE: _Rules(
        sections.count_goose, sections.find_goose, sections.up_part_goose, sections.new_goose
    ),
    Layout.DBMATE: _Rules(
        sections.count_dbmate, sections.find_dbmate, sections.up_part_dbmate, sections.new_dbmate
    ),
    Layout.FLAT: _Rules(flat.count, flat.find, flat.up_part, flat.new),
}


def detect(directory: Path) -> Layout:
    """The layout that at least half of the directory's migrations speak of; flat otherwise."""
    files = flat.count(directory)
    for layout, rules in _LAYOUTS.items():
        if (count := rules.count(directory)) and 2 * count >= files:
            return layout
    return Layout.FLAT


def find(directory: Path, layout: Layout) -> tuple[Found, ...]:
    """The directory's migrations in the order that the layout's tool runs them."""
    return _LAYOUTS[layout].find(directory)


def up_part(text: str, layout: Layout) -> Up:
    """The part of a file's text that goes forward."""
    return _LAYOUTS[layout].up_part(text)


def as_file(layout: Layout, text: str) -> str:
    """What a file of this layout holds that does what `text` says."""
    return new_file(layout, "0", "text", text).text


def new_file(layout: Layout, number: str, name: str, text: str) -> New:
    """A file of this layout that does what `text` says. `number`: digits, `name`: one word."""
    return _LAYOUTS[layout].new(number, name, text)
