"""The history of a session, drawn by lines."""
