"""Strings in, strings out: Markdown and LaTeX, truncation, width, translations."""
