"""`jackfield acp`."""
