"""Tests of digest/telegram/terminal."""
