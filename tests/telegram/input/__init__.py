"""Tests of digest/telegram/input."""
