"""Tests of the room ``digest.search``."""
