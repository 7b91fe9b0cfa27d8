"""Where the questions of servers wait for the person."""
