"""Tests of digest/telegram/texts."""
