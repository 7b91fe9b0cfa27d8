"""A conversation with a model that uses the tools of servers; no screen needed, no library before its use."""
