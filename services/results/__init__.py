"""What tools, resources and prompts bring back, as values to draw and to save."""
