"""The tests of Paper Digest; each folder mirrors a room of the package."""
