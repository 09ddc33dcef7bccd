"""Lineage as one HTML file with its picture inside, and the picture alone as SVG. No network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reconcile_pipeline.flow.lineage import picture
from reconcile_pipeline.flow.lineage.model import Lineage

if TYPE_CHECKING:
    import jinja2

LEGEND = {
    "live": "live in production",
    "partial": "some of it is live",
    "absent": "nothing of it is live",
    "by hand": "made or changed by hand",
    "base": "there before the first file",
    "unverifiable": "leaves nothing that can be checked",
}


def to_html(lineage: Lineage) -> str:
    """The page: the picture, then each object with its files, in a table."""
    return _render("lineage.html.j2", lineage)


def to_svg(lineage: Lineage) -> str:
    """The picture alone, with its own colours for light and dark."""
    return _render("lineage.svg.j2", lineage)


def _render(name: str, lineage: Lineage) -> str:
    page = _environment().get_template(name)
    return page.render(
        lineage=lineage, drawn=picture.draw(lineage), legend=LEGEND, at=picture
    ).strip() + "\n"  # fmt: skip


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # slow to import

    return jinja2.Environment(
        loader=jinja2.PackageLoader("reconcile_pipeline.flow.lineage"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
