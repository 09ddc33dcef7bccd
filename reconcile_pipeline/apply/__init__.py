"""The only code that writes to production: gate, executor, backfill, history, archive, verify."""
