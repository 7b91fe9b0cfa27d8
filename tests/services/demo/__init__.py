"""The built-in demo server, through a plain SDK client and by hand."""
