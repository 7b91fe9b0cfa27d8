"""The composer: the line a person types, its history and its completion."""
