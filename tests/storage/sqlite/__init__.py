"""Tests of digest/storage/sqlite."""
