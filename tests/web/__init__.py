"""Tests of the web pages, over HTTP and in a browser."""
