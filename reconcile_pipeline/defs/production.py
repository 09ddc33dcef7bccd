"""Production itself: nothing here makes it, everything here is about it."""

import dagster as dg

from reconcile_pipeline.defs.partitions import owners, targets

production = dg.AssetSpec(
    "production",
    description=(
        "The database as it is. It is never materialized here: the sensor `production_drift` "
        "observes when its catalog or its history may have changed."
    ),
    group_name="production",
    kinds={"postgres", "supabase"},
    owners=owners,
    partitions_def=targets,
)
