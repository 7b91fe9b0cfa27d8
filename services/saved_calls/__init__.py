"""Calls that are kept by name, what is checked of their results, and how many a server can take."""
