"""The report's sections, one file each; every one is `section(facts) -> Section`."""
