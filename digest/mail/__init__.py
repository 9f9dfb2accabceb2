"""Channels: each sends one part of a message and translates how that ended into an outcome."""
