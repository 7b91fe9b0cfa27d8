"""What servers log, kept and written to files."""
