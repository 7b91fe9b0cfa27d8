"""Other programs' configuration files, read as ours."""
