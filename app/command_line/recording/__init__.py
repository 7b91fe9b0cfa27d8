"""The commands that record servers, and answer from recordings."""
