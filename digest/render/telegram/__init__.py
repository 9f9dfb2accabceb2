"""Digests, papers and announcements as Telegram messages."""
