"""The commands that connect: tools, resources, templates, prompts, call, read, prompt, check."""
