"""What one run reads and finds, each thing once.

The truth is in production and in the directory. What one stage hands to the next is kept in memory
for the length of a run; a stage that is materialized by itself reads both anew. So no stage ever
judges what an older run saw, and no unredacted copy of a database lies on disk.
"""

import logging
from functools import cached_property

from reconcile_pipeline.apply.progress import Event
from reconcile_pipeline.drift.production import Production, read_production
from reconcile_pipeline.drift.scan import Scan, attribute_production
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.chain import INDEX, Entry
from reconcile_pipeline.flow.metrics.record import measured
from reconcile_pipeline.flow.plan import Planned, make_and_write_plan
from reconcile_pipeline.flow.run import Run, find
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.flow.watch import look_at_files
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Inventory

SCANS = "scans"  # beside the run folders of plans


class Work:
    """One Dagster run's work on one target."""

    def __init__(self, target: ResolvedTarget, run_id: str, log: logging.Logger) -> None:
        self.target = target
        self.log = log
        self.folder = target.evidence / SCANS / run_id

    @cached_property
    def production(self) -> Production:
        """Production's catalog and history, read in one read-only transaction."""
        self.log.info("Reading production.")
        with measured(self.target):
            target = self.target
            return read_production(target.dsn, target.settings.history, ignored=target.ignored)

    @cached_property
    def directory_sha256(self) -> str:
        """The directory as the sensor `migration_files` sees it, by its hash."""
        return look_at_files(self.target.directory)

    @cached_property
    def inventory(self) -> Inventory:
        """The migrations directory."""
        _ = self.directory_sha256  # first: what is written meanwhile counts as changed later
        return take_inventory(self.target.directory, self.target.layout)

    @cached_property
    def scan(self) -> Scan:
        """Every migration judged against production."""
        production, inventory = self.production, self.inventory
        with measured(self.target) as work:
            return work.found(
                attribute_production(
                    self.target.name,
                    self.target.dsn,
                    production,
                    inventory,
                    shadow_url=self.target.shadow_url,
                    progress=self.say,
                )
            )

    @cached_property
    def planned(self) -> Planned | None:
        """The plan, in its run folder; None where there is nothing to do."""
        if self.scan.report.in_step:
            return None
        return make_and_write_plan(self.target, self.scan, self.say)

    def approved(self, plan_hash: str) -> Run:
        """The run of this plan hash, or of its first digits. Whether a person approved the plan is
        asked where it is applied. Raises ApprovalError.
        """
        return find(self.target, plan_hash)

    def tell(self, event: Event) -> None:
        """Tell what an apply does, in the run's log."""
        self.log.info(f"{event.step}: {event.text}." if event.step else f"{event.text}.")

    def say(self, words: str) -> None:
        """Tell what is being done, in the run's log."""
        self.log.info(f"{words[:1].upper()}{words[1:]}.")

    @cached_property
    def bundle(self) -> Bundle:
        """This run's evidence, begun where there is none; what was there is verified once."""
        begin = Bundle.open if (self.folder / INDEX).exists() else Bundle.create
        return begin(self.folder, dsns=self.target.secrets)

    def write(self, stage: str, value: object) -> Entry:
        """Write a stage's result into the evidence, redacted."""
        return self.bundle.add(stage, value)
