"""The protocol trace of a server: recorded, read, shown and saved."""
