"""Pictures as terminals take them: what a terminal can draw, and the sequences that draw it."""
