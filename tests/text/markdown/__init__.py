"""Tests of digest/markup: what readers see of a section, in each of the three forms."""
