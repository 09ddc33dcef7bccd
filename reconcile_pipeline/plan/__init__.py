"""Ordered steps from drift to done, as data, with their hazards and their rehearsal."""
