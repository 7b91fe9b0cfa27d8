"""The protocol trace of a server, as rows and details."""
