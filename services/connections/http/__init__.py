"""The HTTP transports of one server: Streamable HTTP and the older HTTP+SSE."""
