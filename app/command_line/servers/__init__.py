"""The commands of `jackfield mcp`: servers, their configuration and their logins."""
