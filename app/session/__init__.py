"""The session: its screens, its actions and its transcript."""
