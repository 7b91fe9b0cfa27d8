"""Finding by words: one index and one ranking for whatever has a name."""
