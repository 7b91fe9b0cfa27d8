"""Questions that wait for the person."""
