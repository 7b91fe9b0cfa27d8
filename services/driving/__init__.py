"""A program that drives this one: JSON-RPC by lines, in both directions, whatever the methods are."""
