"""The JSON Schemas of servers: read, checked and outlined."""
