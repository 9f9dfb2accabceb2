"""Tests of the room ``digest.services.search``."""
