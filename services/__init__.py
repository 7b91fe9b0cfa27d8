"""The service layer: everything that works without a screen. It imports neither textual nor rich."""
