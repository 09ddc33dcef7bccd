"""The end of a run: facts, promises and both reports, written into its bundle."""

from __future__ import annotations

from reconcile_pipeline.evidence import encode, html, report
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.model import FACTS_STAGE, PROMISES_STAGE, ReportFacts
from reconcile_pipeline.evidence.promises import Promise, promises


def publish(bundle: Bundle, facts: ReportFacts) -> tuple[Promise, ...]:
    """Write `NN-facts.json`, `NN-promises.json`, `RECONCILIATION.md` and `report.html`.

    The promises and reports are made from the facts as they were written, redacted, so that
    whoever has the folder can make them again. Returns the promises. Raises EvidenceError.
    """
    entry = bundle.add(FACTS_STAGE, facts)
    written = decode(ReportFacts, encode.load((bundle.folder / entry.file).read_bytes()))
    kept = promises(written)
    bundle.add_derived(PROMISES_STAGE, kept)
    bundle.add_text(report.NAME, report.to_markdown(written))
    bundle.add_text(html.NAME, html.to_html(written))
    return kept
