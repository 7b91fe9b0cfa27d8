"""What goes between a client and a server: recorded by standing between them, and answered from again."""
