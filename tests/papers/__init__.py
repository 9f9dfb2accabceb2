"""Tests of digest/papers."""
