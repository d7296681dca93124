"""One command: loadtest."""
