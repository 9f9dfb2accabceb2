"""Tests of digest/telegram/handlers."""
