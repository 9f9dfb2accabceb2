"""Servers that stand in for the outside world: strict, scriptable, and keeping a wire log."""
