"""Tests of the couriers, on the real store."""
