"""What the shell's commands write to a terminal and read from one."""
