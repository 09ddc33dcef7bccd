"""The report as one HTML file: it says the same, needs nothing else, and can be read by all."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from reconcile_pipeline.evidence.html import to_html
from reconcile_pipeline.evidence.report import document
from reconcile_pipeline_tests.evidence import cases

VOID = {"meta", "wbr", "br", "link", "img"}


class Page(HTMLParser):
    """Checks the nesting while it reads; collects tags, and the text under each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=cases.CASES)
def case(request: pytest.FixtureRequest) -> str:
    """Each golden case."""
    name: str = request.param
    return name


def test_it_is_well_formed(case: str) -> None:
    html = to_html(cases.facts(case))
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert page.open == []
    assert page.named("html") == [{"lang": "en"}]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = {a["href"] for a in page.named("a")}
    assert links <= {f"#{name}" for name in ids}


def test_it_needs_nothing_from_outside(case: str) -> None:
    html = to_html(cases.facts(case))
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {t for t, _ in page.tags}
    assert not [a for _, a in page.tags if "src" in a or "style" in a]
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]
    css = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in css
    assert "@import" not in css
    policy = page.named("meta")[2]
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_headings_step_down_one_at_a_time(case: str) -> None:
    levels = [int(t[1]) for t, _ in Page(to_html(cases.facts(case))).tags if re.match(r"h\d", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_every_table_has_a_caption_and_headers_with_scope(case: str) -> None:
    page = Page(to_html(cases.facts(case)))
    assert len(page.named("table")) == len(page.named("caption")) > 0
    assert {a.get("scope") for a in page.named("th")} == {"col", "row"}


def test_the_map_says_each_verdict_in_letter_and_word(case: str) -> None:
    facts = cases.facts(case)
    page = Page(to_html(facts))
    cells = [a for a in page.named("li") if (a.get("class") or "").startswith("cell ")]
    statements = [s for m in facts.before.migrations if m.report for s in m.report.statements]
    assert [cell["class"] for cell in cells] == [f"cell v-{s.verdict.value}" for s in statements]
    words = [text for place, text in page.texts if place == "span" and text.startswith("Line ")]
    assert words == [f"Line {s.line}, {s.tag}: {s.verdict.value}" for s in statements]


def test_it_says_what_the_markdown_says(case: str) -> None:
    facts = cases.facts(case)
    text = " ".join("".join(text for _, text in Page(to_html(facts)).texts).split())
    for section in document(facts).sections:
        assert section.title in text
    for step in facts.plan.steps:
        assert " ".join(step.purpose.split()) in text


def test_a_value_cannot_become_markup() -> None:
    html = to_html(cases.facts("worse"))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_light_dark_and_print_are_there() -> None:
    html = to_html(cases.facts())
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media print" in html


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two `#rrggbb` colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_of_text_is_readable_on_its_ground() -> None:
    html = to_html(cases.facts())
    light, dark = re.findall(r":root \{(.*?)\}", html, re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", light))
    for scheme in (colours, colours | dict(re.findall(r"--([\w-]+): (#\w{6})", dark))):
        for text, ground in [
            *[(text, "paper") for text in ("ink", "quiet", "link", "good", "bad")],
            *[("ink", ground) for ground in ("wash", "good-wash", "bad-wash")],
        ]:
            assert _contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)
        for verdict in ("applied", "superseded", "different", "absent"):
            assert _contrast("#ffffff", scheme[verdict]) >= 4.5, verdict
