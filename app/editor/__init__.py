"""A text edited in the person's own editor, while the terminal is lent to it."""
