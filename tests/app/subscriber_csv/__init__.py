"""Tests of the roster as a file."""
