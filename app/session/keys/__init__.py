"""The keys that do something where the focus is, as a page."""
