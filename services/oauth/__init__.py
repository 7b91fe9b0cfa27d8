"""Logging in to servers: discovery, tokens, refreshing, and what is kept of a login."""
