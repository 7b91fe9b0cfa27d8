"""The processes of servers: started, tracked and ended."""
