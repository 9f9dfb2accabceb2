"""Tests of the taxonomy, people's words for domains, and which domains a paper has."""
