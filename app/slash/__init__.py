"""Slash commands: the table, reading a line, arguments, completion. Nothing here needs a screen."""
