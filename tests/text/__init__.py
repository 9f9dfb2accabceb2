"""Tests of digest/text."""
