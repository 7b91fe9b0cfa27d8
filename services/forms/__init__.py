"""JSON Schema as the fields of a form that a person fills in."""
