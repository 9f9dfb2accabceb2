"""Tests of the report parser."""
