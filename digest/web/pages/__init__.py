"""The web pages, one file each."""
