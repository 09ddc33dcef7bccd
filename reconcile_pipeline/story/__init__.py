"""The two worlds that the demo and the tests live in: a drifted production each."""
