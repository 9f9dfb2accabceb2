"""Tests of digest/mail."""
