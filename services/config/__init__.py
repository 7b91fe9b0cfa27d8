"""The configuration: finding, reading, checking and editing it, and other programs' files."""
