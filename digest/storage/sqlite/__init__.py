"""What is specific to SQLite: driver, locks, backup, inspection, full-text search."""
