"""The same report as one HTML file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reconcile_pipeline.evidence.document import Code, Strong
from reconcile_pipeline.evidence.map import LEGEND
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.report import document

if TYPE_CHECKING:
    import jinja2

NAME = "report.html"


def to_html(facts: ReportFacts) -> str:
    """The page. Every value is escaped, and the page itself forbids scripts and requests."""
    template = _environment().get_template("report.html.j2")
    return template.render(document=document(facts), legend=LEGEND).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # slow to import, and only a report needs it

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("reconcile_pipeline.evidence"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["code"] = lambda part: isinstance(part, Code)
    made.tests["strong"] = lambda part: isinstance(part, Strong)
    made.filters["kind"] = lambda block: type(block).__name__
    made.filters["lines"] = lambda text: text.count("\n") + 1
    return made
