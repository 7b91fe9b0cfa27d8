"""The command that serves all servers as one."""
