"""Real terminals: a program runs in one, and what the terminal shows is looked at as a picture."""
