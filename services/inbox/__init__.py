"""Questions of servers that wait for the person, and the forms they are answered with."""
