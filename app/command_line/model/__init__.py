"""`jackfield ask` and `jackfield model`: a model from the shell."""
