"""The directory, brought in step: archived files, markers, one reconciliation migration."""

from pathlib import PurePosixPath

import dagster as dg

from reconcile_pipeline.defs import applying, show
from reconcile_pipeline.defs.checks import WARN, Check, specs
from reconcile_pipeline.defs.history_update import history_update
from reconcile_pipeline.defs.partitions import owners, targets
from reconcile_pipeline.defs.resources import ApprovedPlan, Targets
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.flow import stages
from reconcile_pipeline.flow.apply import archive_files
from reconcile_pipeline.flow.recheck import manifests, refusals

FITS = Check("manifest_fits", "Is every archived file, byte for byte, what its manifest says?")
CLIENT = Check(
    "client_will_push",
    "Will the history tool's client accept the directory, with nothing left to push?",
    WARN,
)


@dg.asset(
    deps=[history_update],
    group_name=applying.GROUP,
    kinds={"sql", "git"},
    owners=owners,
    tags={"writes": "directory"},
    partitions_def=targets,
    check_specs=specs("archive", [FITS, CLIENT]),
    description=(
        "Moves the reconciled files to the archive, byte for byte, with a manifest of hashes; "
        "leaves a comment-only marker for each version that the history names; and writes one "
        "reconciliation migration, so that replaying the directory gives production. Production "
        "is not touched." + applying.HOW
    ),
)
def archive(
    context: dg.AssetExecutionContext, databases: Targets, approved: ApprovedPlan
) -> show.Result:
    """Change the directory. Refuses without an approval; passes over what is done."""
    with databases.work(context) as work:
        run = work.approved(approved.plan_hash)
        part = archive_files(work.target, run, work.tell)
        fits, client = manifests(work.target, run), refusals(work.target)
        return show.Result(
            metadata={
                **applying.metadata(run, part, stages.ARCHIVE),
                "files": show.table(
                    ("Action", "File", "Outcome"),
                    [
                        (f.action, PurePosixPath(f.path).name, f.outcome.value)
                        for f in part.files.files
                    ],
                ),
                "manifests": show.text(", ".join(part.files.manifests) or "none"),
                "git": show.text(part.files.note or "nothing to say"),
            },
            check_results=[
                FITS.result(
                    (f"{problem}." for problem in fits.problems),
                    f"{count(fits.looked_at, 'file')} hashed.",
                ),
                CLIENT.result(
                    (f"{problem}." for problem in client.problems),
                    f"{count(client.looked_at, 'version')} compared; what an archived version "
                    f"leaves: {work.target.settings.archive}.",
                ),
            ],
        )
