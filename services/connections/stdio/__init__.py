"""The stdio transport of one server: frames, floods and streams."""
