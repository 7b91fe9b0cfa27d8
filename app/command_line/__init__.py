"""The command line; it imports textual only to open the session."""
