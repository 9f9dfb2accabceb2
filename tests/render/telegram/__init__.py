"""Tests of digest/render/telegram."""
