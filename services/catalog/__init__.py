"""What servers offer: tools, resources, templates, prompts and skills, read page by page."""
