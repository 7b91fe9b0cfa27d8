"""The machine interface: other programs drive servers and models in JSON-RPC 2.0 lines."""
