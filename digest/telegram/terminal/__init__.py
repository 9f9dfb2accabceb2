"""The chat in a terminal, with the real handlers."""
