"""Text as a person types it, made the typed arguments of a tool, prompt or template."""
