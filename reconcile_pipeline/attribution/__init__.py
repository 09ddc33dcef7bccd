"""Which migration is live: effects, timelines, row evidence, verdicts."""
