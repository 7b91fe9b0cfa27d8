"""One MCP session over the SDK, from negotiation to its last response."""
