"""Tests of the channels, against real servers on loopback."""
