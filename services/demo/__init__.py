"""The built-in demo MCP server, a process of its own (`python -m services.demo`); nothing imports it."""
