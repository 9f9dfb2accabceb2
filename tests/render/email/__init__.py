"""Tests of digest/render/email."""
