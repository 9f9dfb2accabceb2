"""Tests of digest/text/latex."""
