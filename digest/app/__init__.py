"""The composition root: builds the parts, starts them, stops them in order."""
