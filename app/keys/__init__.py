"""The keys of the session: which there are, and which of them a person chose."""
