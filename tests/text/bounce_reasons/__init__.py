"""Why mail is refused, and whom that blames."""
