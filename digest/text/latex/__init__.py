"""LaTeX formulas as plain text."""
