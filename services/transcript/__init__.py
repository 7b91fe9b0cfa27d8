"""What happened in a session, as values: written as it happens, read again, exported."""
