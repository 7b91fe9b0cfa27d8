"""The doctor: what is wrong with a server and why, as values; no screen needed."""
