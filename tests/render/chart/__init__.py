"""Tests of digest/render/chart."""
