"""The commands that run saved calls, and measure one."""
