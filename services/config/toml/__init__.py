"""TOML text: where everything stands in it, and edits that keep the rest."""
