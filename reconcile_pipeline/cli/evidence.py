"""`reconcile evidence verify`: is the evidence as it was written?"""

from __future__ import annotations

from pathlib import Path

import click

from reconcile_pipeline.cli.state import debug_option
from reconcile_pipeline.errors import EvidenceError


@click.group(name="evidence")
def command() -> None:
    """Look after the evidence of runs."""


@command.command(name="verify")
@debug_option
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--head", default="", metavar="HASH",
              help="The chain's last value, where you kept it elsewhere.")  # fmt: skip
def verify_evidence(folder: Path, head: str) -> None:
    """Compute every hash, link and promise in FOLDER again, offline.

    FOLDER is a run's folder, or the evidence folder in it. This is a read-only operation.
    Exit code 0: all fits; 2: it does not.
    """
    from reconcile_pipeline.evidence.chain import INDEX
    from reconcile_pipeline.evidence.verify import verify
    from reconcile_pipeline.flow.run import EVIDENCE

    inside = folder / EVIDENCE
    if not (folder / INDEX).exists() and (inside / INDEX).exists():
        folder = inside
    found = verify(folder, head.strip().lower())
    if not found.ok:
        raise EvidenceError(
            f"The evidence in {folder} does not verify: {found.problem}",
            hint="Trust none of it; look for the copy that nobody touched.",
            changed="",
        )
    click.echo(f"{found.checked} files fit their hashes and each other. Head: {found.head}")
