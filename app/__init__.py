"""The application: the Textual app, its screens, slash commands and the command line."""
