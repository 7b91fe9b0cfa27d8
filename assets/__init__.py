"""Files the program ships with: pictures, pages and styles shared by screens."""
