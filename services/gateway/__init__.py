"""One MCP server in front of all: what other clients are offered, and how their requests are passed on."""
