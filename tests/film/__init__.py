"""`jackfield demo` as a picture that moves: a real session, its keys pressed and its screens drawn."""
