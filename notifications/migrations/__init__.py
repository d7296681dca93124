"""The tables of the notifications."""
