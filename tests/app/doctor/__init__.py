"""Tests of the doctor, a file for each of its own."""
