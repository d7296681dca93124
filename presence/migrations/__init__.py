"""The table of the presence app."""
