"""Calls that go on at a server after their request was answered: tasks, as values and as they are kept."""
