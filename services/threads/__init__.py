"""Conversations with a model as another program holds them: what is said in them, and how they are kept."""
