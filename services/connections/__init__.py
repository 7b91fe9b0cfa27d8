"""Connections to servers: their processes and HTTP clients, sessions, requests and life cycle."""
