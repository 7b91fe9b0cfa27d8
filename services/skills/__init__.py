"""Skills that servers offer (SEP-2640): what they list of them, and whether a file is what was listed."""
