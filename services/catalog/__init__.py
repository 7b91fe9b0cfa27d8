"""What servers offer: tools, resources, templates and prompts, read page by page."""
