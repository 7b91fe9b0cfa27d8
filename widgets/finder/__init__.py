"""What the finder found, as a list."""
