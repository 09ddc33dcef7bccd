"""What the assets and sensors work with. Neither holds a connection string: nothing can leak it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from reconcile_pipeline.config import Config
from reconcile_pipeline.defs.failing import told
from reconcile_pipeline.defs.partitions import load_config
from reconcile_pipeline.defs.work import Work
from reconcile_pipeline.flow.target import ResolvedTarget, resolve


class Targets(dg.ConfigurableResource[None]):
    """The databases of reconcile.toml. A partition's key names one; its connection string comes
    from the environment when it is worked on.
    """

    config_file: str

    _work: dict[tuple[str, str], Work] = PrivateAttr(default_factory=dict)

    def config(self) -> Config:
        """The file as it is now. Raises ConfigError."""
        return load_config(Path(self.config_file))

    def resolve(self, name: str) -> ResolvedTarget:
        """One target with its connection string. Raises ConfigError."""
        return resolve(self.config(), name)

    @contextmanager
    def work(self, context: dg.AssetExecutionContext) -> Iterator[Work]:
        """The run's work on its partition's target. Errors inside come out fit to be shown."""
        dsns: list[str] = []
        with told(dsns):
            key = (context.run.run_id, context.partition_key)
            if key not in self._work:
                self._work.clear()  # one run at a time in a process
                self._work[key] = Work(self.resolve(context.partition_key), key[0], context.log)
            work = self._work[key]
            work.log = context.log  # names the step
            dsns += work.target.secrets
            yield work


class ApprovedPlan(dg.ConfigurableResource[None]):
    """Which plan to apply. There is no default, so nothing that writes can be started by a click
    on "Materialize all". The hash alone applies nothing: a person must have approved the plan.
    """

    plan_hash: str = Field(
        description="The plan's hash, or its first digits: `plan hash` of reconciliation_plan."
    )
