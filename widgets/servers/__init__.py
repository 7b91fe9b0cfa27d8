"""The MCP status panel and the details of one server."""
