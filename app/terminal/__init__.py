"""The terminal the session is drawn on: written to without waiting for it, left whatever it does."""
