"""Charts of the statistics."""
