"""Digests, papers and announcements as emails."""
