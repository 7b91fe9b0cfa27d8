"""The configuration files of a project, and the person's consent to them."""
