"""What comes from a server as bytes, read as JSON-RPC messages: one reader for every transport."""
