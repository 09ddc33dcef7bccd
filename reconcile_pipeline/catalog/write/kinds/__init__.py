"""One small module an object kind, and which is whose."""
