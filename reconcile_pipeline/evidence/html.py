"""The same report as one HTML file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from reconcile_pipeline.evidence.document import Code, Inline, Strong
from reconcile_pipeline.evidence.map import LEGEND, shares
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline.evidence.report import document

if TYPE_CHECKING:
    import jinja2
    import markupsafe

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
    made.tests["short"] = _short
    made.filters["breakable"] = _breakable
    made.filters["kind"] = lambda block: type(block).__name__
    made.filters["shares"] = shares
    made.filters["lines"] = lambda text: text.count("\n") + 1
    return made


def _short(text: Inline) -> bool:
    """Words like a verdict or a finding, which a narrow column should not break."""
    return sum(len(part if isinstance(part, str) else part.text) for part in text) <= 20


def _breakable(text: str) -> markupsafe.Markup:
    """A name that a line may break after its dots, slashes and underscores, and only there."""
    from markupsafe import Markup

    return Markup("<wbr>").join(part for part in re.split(r"(?<=[/._])(?=\w)", text) if part)
