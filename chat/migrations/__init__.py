"""The history of the chat's tables."""
