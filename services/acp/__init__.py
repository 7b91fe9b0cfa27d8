"""The Agent Client Protocol: a person in an editor talks to a model that has the servers' tools.

Its messages are those of the library `agent-client-protocol`, which nothing but this room imports; lines,
requests and what waits for an editor that does not read are those of every driver (`services.driving`).
Source: https://agentclientprotocol.com, version 1.
"""
