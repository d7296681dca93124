"""What an operator types: management commands, and the checks before a server starts."""
