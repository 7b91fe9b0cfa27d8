"""What the session does when somebody wants something: one room for each kind of wish."""
