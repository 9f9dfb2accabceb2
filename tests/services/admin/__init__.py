"""Tests of digest/services/admin."""
