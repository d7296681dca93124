"""One command: benchmark."""
