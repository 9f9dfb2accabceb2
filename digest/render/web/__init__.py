"""Digests as web pages."""
