"""Views of lines, rows, JSON and text that other widgets are built from."""
