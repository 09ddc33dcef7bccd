"""Asset checks: what each asks, and how its answer is told. Their verdicts are of the parts below.

A check is no gate: whoever selects an asset alone runs it in spite of a failed check upstream. The
gate is in `apply/`.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from reconcile_pipeline.defs.partitions import targets
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.redact import redact

MOST_REASONS = 20
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@dataclass(frozen=True, slots=True)
class Check:
    """A question with a yes or no answer. `severity` is of a no."""

    name: str
    question: str
    severity: dg.AssetCheckSeverity = ERROR

    def result(self, reasons: Iterable[str], figure: str = "") -> dg.AssetCheckResult:
        """The answer: no, if there is a reason. `figure` is what was looked at, in a sentence."""
        why = [redact(reason) for reason in reasons]
        more = len(why) - MOST_REASONS
        lines = [redact(figure)] if figure else []
        lines += why[:MOST_REASONS] + ([f"… and {count(more, 'more', 'more')}"] if more > 0 else [])
        return dg.AssetCheckResult(
            check_name=self.name,
            passed=not why,
            severity=self.severity,
            description=" ".join(lines),
            metadata={"reasons": dg.MetadataValue.md("\n".join(f"- {each}" for each in why))}
            if len(why) > 1
            else {},
        )


def specs(asset: str, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """What `@dg.asset(check_specs=…)` takes: the answers come with each materialization.

    They are partitioned as the assets are, or one target's yes would hide another's no.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are new in Dagster
        return [
            dg.AssetCheckSpec(
                check.name, asset=asset, description=check.question, partitions_def=targets
            )
            for check in checks
        ]
