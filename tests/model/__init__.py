"""Tests of digest/model."""
