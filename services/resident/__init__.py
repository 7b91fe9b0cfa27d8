"""Servers kept running between commands of the shell: the process that keeps them, and the way to it."""
