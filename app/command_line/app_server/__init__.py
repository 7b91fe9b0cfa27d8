"""`jackfield app-server`."""
